// BPF_MAP_TYPE_RINGBUF (Documentation/bpf/ringbuf.rst, kernel/bpf/ringbuf.c). The memory, as mmap(2) shows it:
//
//   page 0      u64 consumer position, written by the reader
//   page 1      u64 producer position, written by us
//   page 2 …    the data, twice in a row, so that a record that wraps around is contiguous all the same
//
// A record is a header {u32 length | busy bit 31 | discard bit 30, u32 page offset}, then its bytes, rounded up to 8.
// Positions only grow. The reader is another thread or process: positions and lengths are published with release stores
// and what it writes is never trusted.
#include "skep/maps/ring_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "skep/maps/makers.hpp"

namespace skep {
namespace {

constexpr std::uint32_t busy_bit = 1U << 31;
constexpr std::uint32_t discard_bit = 1U << 30;
constexpr std::uint64_t header_bytes = 8;
constexpr std::uint64_t record_limit = UINT32_MAX / 4;  ///< RINGBUF_MAX_RECORD_SZ
constexpr std::uint64_t control_pages = 2;
constexpr std::uint32_t pages_before_positions = 1;  ///< RINGBUF_PGOFF: what the header's page offset counts from
constexpr std::uint64_t no_wakeup = 1, force_wakeup = 2;
constexpr std::uint64_t query_available = 0, query_size = 1, query_consumer = 2, query_producer = 3;

constexpr std::uint64_t record_bytes(std::uint64_t length) { return round_up(length + header_bytes, std::uint64_t{8}); }

template <typename T>
T load_acquire(const std::uint8_t* from) {
  return __atomic_load_n(reinterpret_cast<const T*>(from), __ATOMIC_ACQUIRE);
}
template <typename T>
void store_release(std::uint8_t* to, T value) {
  __atomic_store_n(reinterpret_cast<T*>(to), value, __ATOMIC_RELEASE);
}

/// The control pages and the data mapped twice.
class RingMemory {
 public:
  RingMemory() = default;
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;
  RingMemory(RingMemory&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  RingMemory& operator=(RingMemory&&) = delete;
  ~RingMemory() {
    if (begin_ != nullptr) munmap(begin_, size_);
  }

  [[nodiscard]] bool map(std::uint64_t data_bytes) {
    const std::uint64_t control = control_pages * page_bytes;
    const UniqueFd file(memfd_create("skep ring buffer", MFD_CLOEXEC));
    if (!file.valid() || ftruncate(file.get(), static_cast<off_t>(control + data_bytes)) != 0) return false;
    const std::uint64_t size = control + 2 * data_bytes;
    void* const begin = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (begin == MAP_FAILED) return false;
    begin_ = static_cast<std::uint8_t*>(begin);
    size_ = size;
    const auto place = [&](std::uint64_t at, std::uint64_t length, std::uint64_t file_offset) {
      return mmap(begin_ + at, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.get(),
                  static_cast<off_t>(file_offset)) != MAP_FAILED;
    };
    return place(0, control + data_bytes, 0) && place(control + data_bytes, data_bytes, control);
  }
  [[nodiscard]] MutableBytes bytes() const { return {begin_, size_}; }

 private:
  std::uint8_t* begin_ = nullptr;
  std::uint64_t size_ = 0;
};

class RingBuffer final : public RingBufferMap {
 public:
  RingBuffer(const MapAttributes& attributes, CpuCount cpus, RingMemory memory)
      : RingBufferMap(attributes, cpus), memory_(std::move(memory)), size_(attributes.max_entries) {}

  [[nodiscard]] std::uint64_t memory_usage() const override { return control_pages * page_bytes + size_; }

  [[nodiscard]] std::uint8_t* reserve(std::uint64_t size) override {
    if (size > record_limit || record_bytes(size) > size_) return nullptr;
    skip_finished();
    const std::uint64_t after = produced_ + record_bytes(size);
    if (after - consumed() >= size_ || after - pending_ >= size_) return nullptr;
    std::uint8_t* const header = data() + (produced_ & (size_ - 1));
    store_release(header, static_cast<std::uint32_t>(size) | busy_bit);
    store_unaligned(header + 4, page_offset(header));
    produced_ = after;
    store_release(producer_position(), produced_);
    return header + header_bytes;
  }

  [[nodiscard]] std::uint32_t record_size(const std::uint8_t* record) const override {
    return load_acquire<std::uint32_t>(record - header_bytes) & ~(busy_bit | discard_bit);
  }

  void submit(std::uint8_t* record, std::uint64_t flags) override { commit(record, flags, 0); }
  void discard(std::uint8_t* record, std::uint64_t flags) override { commit(record, flags, discard_bit); }

  [[nodiscard]] int output(ByteView bytes, std::uint64_t flags) override {
    if ((flags & ~(no_wakeup | force_wakeup)) != 0) return -EINVAL;
    std::uint8_t* const record = reserve(bytes.size());
    if (record == nullptr) return -EAGAIN;
    if (!bytes.empty()) std::memcpy(record, bytes.data(), bytes.size());
    submit(record, flags);
    return 0;
  }

  [[nodiscard]] std::uint64_t query(std::uint64_t what) const override {
    if (what == query_available) return produced_ - consumed();
    if (what == query_size) return size_;
    if (what == query_consumer) return consumed();
    return what == query_producer ? produced_ : 0;
  }

  [[nodiscard]] bool take_wakeup() override { return std::exchange(wakeup_, false); }

  [[nodiscard]] std::uint8_t* lookup(const std::uint8_t*, std::uint32_t) override { return nullptr; }
  [[nodiscard]] int update(const std::uint8_t*, const std::uint8_t*, std::uint64_t, std::uint32_t) override {
    return -enotsupp;
  }
  [[nodiscard]] int erase(const std::uint8_t*) override { return -enotsupp; }
  [[nodiscard]] int user_lookup(ByteView, MutableBytes, std::uint64_t) override { return -enotsupp; }
  [[nodiscard]] int user_update(ByteView, ByteView, std::uint64_t) override { return -enotsupp; }
  [[nodiscard]] int user_erase(ByteView) override { return -enotsupp; }
  [[nodiscard]] int next_key(ByteView, MutableBytes) override { return -enotsupp; }

  /// Only the consumer's page may be mapped writable (ringbuf_map_mmap_kern()).
  [[nodiscard]] MutableBytes map_memory(std::uint64_t offset, std::uint64_t length, bool writable,
                                        int& error) override {
    error = check_mapping(offset, length, writable);
    const std::uint64_t size = memory_.bytes().size();
    const std::uint64_t whole_pages = length > size ? length : round_up(length, page_bytes);
    if (error == 0 && writable && (offset != 0 || whole_pages != page_bytes)) error = -EPERM;
    if (error == 0 && (offset > size || whole_pages > size - offset)) error = -EINVAL;
    if (error != 0) return {};
    if (writable) note_writable_mapping();
    return memory_.bytes().subspan(offset, length);
  }

 private:
  [[nodiscard]] std::uint8_t* producer_position() const { return memory_.bytes().data() + page_bytes; }
  [[nodiscard]] std::uint8_t* data() const { return memory_.bytes().data() + control_pages * page_bytes; }
  [[nodiscard]] std::uint64_t consumed() const { return load_acquire<std::uint64_t>(memory_.bytes().data()); }

  /// bpf_ringbuf_rec_pg_off(): how the kernel finds the ring buffer from a record.
  [[nodiscard]] std::uint32_t page_offset(const std::uint8_t* header) const {
    const auto pages = static_cast<std::uint64_t>(header - memory_.bytes().data()) / page_bytes;
    return static_cast<std::uint32_t>(pages) + pages_before_positions;
  }

  /// Moves pending_, the first record that may still be busy: a record must not be overwritten while it is, even if the
  /// consumer claims to be past it.
  void skip_finished() {
    while (pending_ < produced_) {
      const auto length = load_acquire<std::uint32_t>(data() + (pending_ & (size_ - 1)));
      if ((length & busy_bit) != 0) return;
      pending_ += record_bytes(length & ~discard_bit);
    }
  }

  void commit(std::uint8_t* record, std::uint64_t flags, std::uint32_t discarded) {
    std::uint8_t* const header = record - header_bytes;
    const std::uint32_t length = record_size(record) | discarded;
    __atomic_exchange_n(reinterpret_cast<std::uint32_t*>(header), length, __ATOMIC_ACQ_REL);
    const auto position = static_cast<std::uint64_t>(header - data());
    if ((flags & force_wakeup) != 0) {
      wakeup_ = true;
    } else if ((flags & no_wakeup) == 0 && (consumed() & (size_ - 1)) == position) {
      wakeup_ = true;  // the consumer has read everything before this record: it may be asleep
    }
  }

  RingMemory memory_;
  std::uint64_t size_;
  std::uint64_t produced_ = 0;
  std::uint64_t pending_ = 0;
  bool wakeup_ = false;
};

}  // namespace

std::unique_ptr<KernelMap> make_ring_buffer_map(const MapAttributes& attributes, CpuCount cpus) {
  RingMemory memory;
  if (!memory.map(attributes.max_entries)) return nullptr;
  return std::make_unique<RingBuffer>(attributes, cpus, std::move(memory));
}

long consume_ring_buffer(MutableBytes consumer_page, ByteView producer_and_data, std::uint64_t ring_size,
                         const std::function<void(ByteView record)>& on_record) {
  const bool fits = consumer_page.size() >= sizeof(std::uint64_t) && ring_size != 0 &&
                    (ring_size & (ring_size - 1)) == 0 && producer_and_data.size() >= page_bytes &&
                    (producer_and_data.size() - page_bytes) / 2 >= ring_size;
  if (!fits) return -EINVAL;
  const ByteView data = producer_and_data.subspan(page_bytes);
  auto position = load_acquire<std::uint64_t>(consumer_page.data());
  long records = 0;
  for (;;) {
    const auto produced = load_acquire<std::uint64_t>(producer_and_data.data());
    if (position == produced) return records;
    if (produced - position > ring_size || position % header_bytes != 0) return -EINVAL;
    const std::uint64_t at = position & (ring_size - 1);
    const auto header = load_acquire<std::uint32_t>(data.data() + at);
    if ((header & busy_bit) != 0) return records;
    const std::uint32_t length = header & ~discard_bit;
    if (record_bytes(length) > produced - position) return -EINVAL;
    if ((header & discard_bit) == 0) {
      on_record(data.subspan(at + header_bytes, length));
      ++records;
    }
    position += record_bytes(length);
    store_release(consumer_page.data(), position);
  }
}

}  // namespace skep
