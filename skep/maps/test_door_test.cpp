// The two doors and the player of scripts (see test_door.hpp). Linux's door is the bare system call.
#include "skep/maps/test_door.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>

namespace skep {
namespace {

class OurDoor final : public MapDoor {
 public:
  explicit OurDoor(CpuCount cpus) : cpus_(cpus) {}
  [[nodiscard]] std::uint32_t cpus() const override { return cpus_.value; }
  [[nodiscard]] int create(const MapAttributes& attributes) override {
    int error = 0;
    map_ = create_map(attributes, cpus_, error);
    EXPECT_EQ(map_ == nullptr, error != 0);
    return error;
  }
  [[nodiscard]] int lookup(ByteView key, MutableBytes value, std::uint64_t flags) override {
    return map_->user_lookup(key, value, flags);
  }
  [[nodiscard]] int update(ByteView key, ByteView value, std::uint64_t flags) override {
    return map_->user_update(key, value, flags);
  }
  [[nodiscard]] int erase(ByteView key) override { return map_->user_erase(key); }
  [[nodiscard]] int take(ByteView key, MutableBytes value, std::uint64_t flags) override {
    return map_->user_lookup_and_erase(key, value, flags);
  }
  [[nodiscard]] int next_key(ByteView key, MutableBytes next) override { return map_->next_key(key, next); }
  [[nodiscard]] int freeze() override { return map_->freeze(); }
  [[nodiscard]] int map_memory(std::uint64_t offset, std::uint64_t length, bool writable) override {
    int error = 0;
    const MutableBytes memory = map_->map_memory(offset, length, writable, error);
    EXPECT_EQ(memory.empty(), error != 0);
    return error;
  }

 private:
  CpuCount cpus_;
  std::unique_ptr<KernelMap> map_;
};

/// union bpf_attr as far as maps need it.
struct CreateAttr {
  std::uint32_t type, key_size, value_size, max_entries, flags, inner_map_fd, numa_node;
};
struct ElementAttr {
  std::uint64_t fd, key, value, flags;
};

class LinuxDoor final : public MapDoor {
 public:
  ~LinuxDoor() override {
    for (const auto& [begin, length] : mappings_) munmap(begin, length);
  }
  [[nodiscard]] std::uint32_t cpus() const override { return linux_cpus().value; }
  [[nodiscard]] int create(const MapAttributes& attributes) override {
    CreateAttr attr{static_cast<std::uint32_t>(attributes.type),
                    attributes.key_size,
                    attributes.value_size,
                    attributes.max_entries,
                    attributes.flags,
                    0,
                    attributes.numa_node};
    const long fd = syscall(SYS_bpf, 0, &attr, sizeof attr);
    if (fd < 0) return -errno;
    fd_.reset(static_cast<int>(fd));
    return 0;
  }
  [[nodiscard]] int lookup(ByteView key, MutableBytes value, std::uint64_t flags) override {
    return element(1, key, value.data(), flags);
  }
  [[nodiscard]] int update(ByteView key, ByteView value, std::uint64_t flags) override {
    return element(2, key, value.data(), flags);
  }
  [[nodiscard]] int erase(ByteView key) override { return element(3, key, nullptr, 0); }
  [[nodiscard]] int next_key(ByteView key, MutableBytes next) override { return element(4, key, next.data(), 0); }
  [[nodiscard]] int take(ByteView key, MutableBytes value, std::uint64_t flags) override {
    return element(21, key, value.data(), flags);
  }
  [[nodiscard]] int freeze() override { return element(22, {}, nullptr, 0); }
  [[nodiscard]] int map_memory(std::uint64_t offset, std::uint64_t length, bool writable) override {
    void* const begin = mmap(nullptr, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd_.get(),
                             static_cast<off_t>(offset));
    if (begin == MAP_FAILED) return -errno;
    mappings_.emplace_back(begin, length);
    return 0;
  }

 private:
  [[nodiscard]] int element(int command, ByteView key, const void* value, std::uint64_t flags) {
    ElementAttr attr{static_cast<std::uint64_t>(fd_.get()), reinterpret_cast<std::uint64_t>(key.data()),
                     reinterpret_cast<std::uint64_t>(value), flags};
    return syscall(SYS_bpf, command, &attr, sizeof attr) < 0 ? -errno : 0;
  }

  UniqueFd fd_;
  std::vector<std::pair<void*, std::size_t>> mappings_;
};

std::string text_of(int error) {
  if (error == 0) return "0";
  return error == -enotsupp ? "ENOTSUPP" : errno_name(-error);
}

/// One script being played.
class Player {
 public:
  explicit Player(MapDoor& door) : door_(door) {}

  std::string step(std::istringstream& words) {
    std::string verb;
    words >> verb;
    if (verb == "create") return create(words);
    if (verb == "freeze") return text_of(door_.freeze());
    if (verb == "walk") return walk();
    if (verb == "drain") return drain();
    if (verb == "mmap") {
      const std::uint64_t offset = number(words), length = number(words);
      return text_of(door_.map_memory(offset, length, word(words) == "rw"));
    }
    const ByteVector key = bytes(word(words));
    if (verb == "update") {
      const ByteVector value = value_of(word(words));
      return text_of(door_.update(key, value, number(words)));
    }
    if (verb == "delete") return text_of(door_.erase(key));
    if (verb == "next") {
      ByteVector next(attributes_.key_size);
      const int error = door_.next_key(key, next);
      return error != 0 ? text_of(error) : to_hex(next, "");
    }
    ByteVector value(value_bytes_);
    const std::uint64_t flags = number(words);
    const int error = verb == "lookup" ? door_.lookup(key, value, flags) : door_.take(key, value, flags);
    return error != 0 ? text_of(error) : text_of_value(value);
  }

 private:
  static std::string word(std::istringstream& words) {
    std::string text;
    words >> text;
    return text;
  }
  static std::uint64_t number(std::istringstream& words) { return std::stoull(word(words), nullptr, 0); }
  static ByteVector bytes(const std::string& text) {
    if (text == "-") return {};
    auto parsed = parse_hex(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : ByteVector{};
  }

  std::string create(std::istringstream& words) {
    attributes_ = {};
    attributes_.type = *map_type_by_name(word(words));
    attributes_.key_size = static_cast<std::uint32_t>(number(words));
    attributes_.value_size = static_cast<std::uint32_t>(number(words));
    attributes_.max_entries = static_cast<std::uint32_t>(number(words));
    attributes_.flags = static_cast<std::uint32_t>(number(words));
    const bool more = words.peek() == ' ';
    std::string node;
    if (more && words >> node) attributes_.numa_node = static_cast<std::uint32_t>(std::stoull(node, nullptr, 0));
    per_cpu_ = name_of(attributes_.type).find("percpu") != std::string_view::npos;
    value_bytes_ =
        per_cpu_ ? round_up<std::uint64_t>(attributes_.value_size, 8) * door_.cpus() : attributes_.value_size;
    return text_of(door_.create(attributes_));
  }

  ByteVector value_of(std::string text) {
    if (!text.starts_with("each:")) return bytes(text);
    ByteVector all;
    const ByteVector one = bytes(text.substr(5));
    while (all.size() < value_bytes_) append_bytes(all, one);
    return all;
  }

  std::string text_of_value(ByteView value) {
    if (!per_cpu_) return to_hex(value, "");
    const std::size_t one = value.size() / door_.cpus();
    for (std::size_t at = one; at < value.size(); at += one) {
      if (!std::equal(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(one),
                      value.begin() + static_cast<std::ptrdiff_t>(at)))
        return to_hex(value, "");
    }
    return "each:" + to_hex(value.first(one), "");
  }

  /// All keys in their own order, since a hash has none.
  std::string walk() {
    std::multiset<std::string> keys;
    ByteVector key, next(attributes_.key_size);
    int error = 0;
    while (keys.size() < 1000 && (error = door_.next_key(key, next)) == 0) {
      key = next;
      keys.insert(to_hex(key, ""));
    }
    std::string text;
    for (const std::string& one : keys) text += (text.empty() ? "" : ",") + one;
    return text + (text.empty() ? "" : " ") + text_of(error);
  }

  /// Deletes each key after asking for the next one: how many there were.
  std::string drain() {
    ByteVector key, next(attributes_.key_size);
    int deleted = 0;
    while (deleted < 1000 && door_.next_key(key, next) == 0) {
      if (!key.empty()) deleted += door_.erase(key) == 0;
      key = next;
    }
    if (!key.empty()) deleted += door_.erase(key) == 0;
    return std::to_string(deleted);
  }

  MapDoor& door_;
  MapAttributes attributes_;
  std::uint64_t value_bytes_ = 0;
  bool per_cpu_ = false;
};

}  // namespace

std::unique_ptr<MapDoor> our_door(CpuCount cpus) { return std::make_unique<OurDoor>(cpus); }

std::unique_ptr<MapDoor> linux_door(std::string& why_not) {
  auto door = std::make_unique<LinuxDoor>();
  const int error = door->create({.type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1});
  if (geteuid() == 0 && error == 0) return std::make_unique<LinuxDoor>();
  why_not = "asking Linux needs root and bpf(2): " + (error == 0 ? "not root" : errno_text(-error));
  return nullptr;
}

CpuCount linux_cpus() {
  // "0-1", "0,2-3": the last number is the highest.
  std::ifstream file("/sys/devices/system/cpu/possible");
  std::string text;
  std::getline(file, text);
  const std::size_t digits = text.find_last_not_of("0123456789");
  const std::string last = digits == std::string::npos ? text : text.substr(digits + 1);
  return {last.empty() ? 1 : static_cast<std::uint32_t>(std::stoul(last)) + 1};
}

std::string play(MapDoor& door, std::string_view script) {
  Player player(door);
  std::istringstream lines{std::string(script)};
  std::string played;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos) continue;
    std::istringstream words(line.substr(0, equals));
    played += line.substr(0, equals) + " = " + player.step(words) + "\n";
  }
  return played;
}

}  // namespace skep
