#include "skep/load/loader.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <set>

namespace skep {
namespace {

/// Types whose maps Linux refuses to have BTF for (libbpf's bpf_object__create_map leaves it out too).
bool takes_btf(std::uint32_t number) {
  static constexpr MapType without[] = {MapType::perf_event_array,
                                        MapType::prog_array,
                                        MapType::cgroup_array,
                                        MapType::stack_trace,
                                        MapType::array_of_maps,
                                        MapType::hash_of_maps,
                                        MapType::devmap,
                                        MapType::devmap_hash,
                                        MapType::cpumap,
                                        MapType::xskmap,
                                        MapType::sockmap,
                                        MapType::sockhash,
                                        MapType::queue,
                                        MapType::stack,
                                        MapType::ringbuf,
                                        MapType::user_ringbuf};
  return std::find(std::begin(without), std::end(without), static_cast<MapType>(number)) == std::end(without);
}

/// The least size that Linux takes for a ring of `wanted` bytes: a power of two, and whole pages (libbpf's
/// adjust_ringbuf_sz). Objects ask for a few bytes and leave the rest to the loader.
std::uint32_t ring_size(std::uint32_t wanted) {
  constexpr std::uint32_t page = 4096, largest = 1U << 31;
  if (wanted == 0 || wanted > largest) return wanted;  // for the kernel to refuse
  return std::max(page, std::bit_ceil(wanted));
}

std::string map_type_name(std::uint32_t number) {
  const TypeInfo* type = find_map_type(number);
  return type != nullptr ? std::string(type->name) : fmt::format("type {}", number);
}

/// One load in progress: what exists so far.
class Loading {
 public:
  Loading(Kernel& kernel, const Object& object, const LoadOptions& options)
      : kernel_(kernel), object_(object), options_(options) {}

  [[nodiscard]] Result<LoadedObject> run() {
    if (object_.order == ByteOrder::big) {
      return fail_with_help("compile it with -target bpfel; big-endian objects can be inspected and disassembled",
                            "{} is a big-endian object and this machine is little-endian", object_.name);
    }
    TRY_VOID(choose_programs());
    load_btf();
    TRY_VOID(create_maps());
    for (const std::size_t index : chosen_) TRY_VOID(load_program(index));
    TRY_VOID(fill_program_arrays());
    return std::move(loaded_);
  }

 private:
  [[nodiscard]] Result<void> choose_programs() {
    if (object_.programs.empty())
      return fail_with_help("see what it has with: skep inspect FILE", "{} holds no program", object_.name);
    if (options_.programs.empty()) {
      for (std::size_t i = 0; i < object_.programs.size(); ++i) {
        if (object_.programs[i].autoload) chosen_.push_back(i);
      }
      if (chosen_.empty())
        return fail_with_help("name one with --program",
                              "every program of {} is marked not to be loaded by itself (SEC(\"?…\"))", object_.name);
      return {};
    }
    for (const std::string& name : options_.programs) {
      const ProgramSpec* spec = object_.find_program(name);
      if (spec == nullptr) return no_such_program(name);
      chosen_.push_back(static_cast<std::size_t>(spec - object_.programs.data()));
    }
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> no_such_program(const std::string& name) const {
    std::string candidates;
    for (const ProgramSpec& spec : object_.programs) candidates += (candidates.empty() ? "" : ", ") + spec.name;
    return fail_with_help("choose one of: " + candidates, "{} has no program {}", object_.name, name);
  }

  void load_btf() {
    if (object_.btf_for_load.empty()) return;
    // A kernel that refuses the BTF still runs the program; it only knows less about it.
    if (auto btf = skep::load_btf(kernel_, object_.btf_for_load)) loaded_.btf = std::move(*btf);
  }

  [[nodiscard]] std::set<std::uint32_t> maps_in_use() const {
    std::set<std::uint32_t> used;
    for (const std::size_t index : chosen_) {
      for (const Relocation& relocation : object_.programs[index].relocations) {
        const bool map = relocation.kind == Relocation::Kind::map || relocation.kind == Relocation::Kind::map_value;
        if (map) used.insert(relocation.index);
      }
    }
    return used;
  }

  [[nodiscard]] Result<void> create_maps() {
    const std::set<std::uint32_t> used = maps_in_use();
    for (std::uint32_t i = 0; i < object_.maps.size(); ++i) {
      auto map = create_map(object_.maps[i]);
      // A map that no chosen program touches may be of a kind this kernel does not have.
      if (!map && used.count(i) != 0) return tl::unexpected<Error>(std::move(map).error());
      loaded_.maps.push_back(map ? std::move(*map) : Map{});
    }
    return {};
  }

  [[nodiscard]] Result<Map> create_map(const MapSpec& spec) {
    MapCreateOptions create;
    create.type = spec.type;
    create.key_size = spec.key_size;
    create.value_size = spec.value_size;
    create.max_entries = spec.max_entries;
    create.flags = spec.flags;
    create.numa_node = spec.numa_node;
    create.extra = spec.map_extra;
    create.name = object_.kernel_map_name(spec);
    adapt(create);
    if (loaded_.btf.valid() && takes_btf(spec.type) && spec.value_type != 0) {
      create.btf_fd = loaded_.btf.fd();
      create.key_type = spec.key_type;
      create.value_type = spec.value_type;
    }
    Map inner;
    if (spec.inner != nullptr) {
      TRY(inner_map, create_map(*spec.inner));
      inner = std::move(inner_map);
      create.inner_map_fd = inner.fd();
    }
    auto map = skep::create_map(kernel_, create);
    if (!map && create.btf_fd != 0) {
      create.btf_fd = 0;
      create.key_type = create.value_type = 0;
      map = skep::create_map(kernel_, create);
    }
    if (!map) return refused_map(spec, map.error());
    if (!spec.data.empty()) TRY_VOID(fill_data(*map, spec));
    return map;
  }

  /// What loaders set because the object leaves it to them (reference: real objects rely on it).
  void adapt(MapCreateOptions& create) const {
    const auto type = static_cast<MapType>(create.type);
    if (type == MapType::perf_event_array) {
      if (create.max_entries == 0) create.max_entries = kernel_.possible_cpus();
      create.key_size = create.value_size = 4;
    }
    if (type == MapType::ringbuf || type == MapType::user_ringbuf) {
      create.key_size = create.value_size = 0;
      create.max_entries = ring_size(create.max_entries);
    }
  }

  [[nodiscard]] tl::unexpected<Error> refused_map(const MapSpec& spec, const Error& error) const {
    const TypeInfo* type = find_map_type(spec.type);
    if (kernel_.name() == "user" && type != nullptr && type->support.level == SupportLevel::refused) {
      return fail_with_help("`skep features` lists the map types it has",
                            "map {} is of type {}, which the user kernel does not have: {}", spec.name,
                            map_type_name(spec.type), type->support.why);
    }
    return tl::unexpected<Error>(error);
  }

  [[nodiscard]] Result<void> fill_data(const Map& map, const MapSpec& spec) const {
    const std::uint32_t key = 0;
    ByteVector value = spec.data;
    value.resize(spec.value_size);  // what the kernel reads, whatever the object has
    if (static_cast<MapType>(spec.type) == MapType::percpu_array) {
      // The system call takes a value for each CPU, each at a multiple of 8 bytes.
      value.resize(round_up<std::size_t>(spec.value_size, 8));
      const ByteVector each = value;
      for (std::uint32_t cpu = 1; cpu < kernel_.possible_cpus(); ++cpu) append_bytes(value, each);
    }
    if (const long error = map_update(map, bytes_of(key), value); error != 0) {
      return fail_errno(static_cast<int>(-error), fmt::format("cannot put the initial content into {}", spec.name));
    }
    if (!spec.frozen) return {};
    if (const long error = map_freeze(map); error != 0)
      return fail_errno(static_cast<int>(-error), fmt::format("cannot freeze {}", spec.name));
    return {};
  }

  [[nodiscard]] Result<void> load_program(std::size_t index) {
    const ProgramSpec& spec = object_.programs[index];
    TRY_VOID(loadable(spec));
    TRY(code, relocated(spec));
    ProgLoadOptions load;
    load.type = options_.type.value_or(spec.type);
    load.attach_type = spec.has_attach_type && !options_.type ? spec.attach_type : AttachType{};
    load.name = spec.name;
    load.license = object_.license;
    load.code = code;
    load.kernel_version = object_.version.value_or(0);
    load.log_level = options_.log_level;
    const auto functions = function_records(spec);
    const auto lines = line_records(spec);
    if (loaded_.btf.valid() && !functions.empty()) {
      load.btf_fd = loaded_.btf.fd();
      load.functions = functions;
      load.lines = lines;
    }
    ProgLoadResult result = skep::load_program(kernel_, load);
    if (!result.program.valid()) return refused_program(spec, result);
    loaded_.programs.push_back({index, std::move(result.program), std::move(result.log)});
    return {};
  }

  /// What stands in the way before any kernel is asked.
  [[nodiscard]] Result<void> loadable(const ProgramSpec& spec) const {
    if (!spec.problems.empty()) return tl::unexpected<Error>(to_error(spec.problems.front()));
    if (!spec.core.empty()) {
      const CoreRelocation& first = spec.core.front();
      const std::string type =
          object_.btf != nullptr ? c_type(*object_.btf, first.type) : fmt::format("type {}", first.type);
      return fail_with_help(
          "CO-RE relocations are not supported yet: read the field with a fixed offset, or drop preserve_access_index",
          "program {} needs {} CO-RE relocation{}, the first at instruction {} for {} ({})", spec.name,
          spec.core.size(), spec.core.size() == 1 ? "" : "s", first.slot.value, type, first.access);
    }
    if (options_.type.value_or(spec.type) == ProgramType::unspec) {
      return fail_with_help(
          "say what it is: --type xdp, --type socket_filter, --type tracepoint, … (`skep features` lists them)",
          "section {} does not tell what type of program {} is", spec.section, spec.name);
    }
    return {};
  }

  [[nodiscard]] Result<std::vector<RawInsn>> relocated(const ProgramSpec& spec) const {
    std::vector<RawInsn> code = spec.code;
    for (const Relocation& relocation : spec.relocations) {
      RawInsn& insn = code[relocation.slot.value];
      switch (relocation.kind) {
        case Relocation::Kind::map:
        case Relocation::Kind::map_value: {
          const bool value = relocation.kind == Relocation::Kind::map_value;
          insn.src = static_cast<std::uint8_t>(value ? ImmKind::map_value : ImmKind::map_fd);
          insn.imm = loaded_.maps[relocation.index].fd();
          code[relocation.slot.value + 1].imm = value ? static_cast<std::int32_t>(relocation.offset) : 0;
          break;
        }
        case Relocation::Kind::extern_variable:
        case Relocation::Kind::extern_function:
          if (object_.externs[relocation.index].weak && relocation.kind == Relocation::Kind::extern_variable) {
            insn.src = 0;  // a weak extern that nobody has is 0
            insn.imm = code[relocation.slot.value + 1].imm = 0;
            break;
          }
          return fail_with_help("__kconfig and __ksym externs are not supported yet",
                                "program {} needs extern {} at instruction {}", spec.name,
                                object_.externs[relocation.index].name, relocation.slot.value);
        case Relocation::Kind::unresolved:
          return fail_with_help("define it in the object, or make it static inline",
                                "program {} refers to {} at instruction {}, which the object does not define",
                                spec.name, relocation.symbol, relocation.slot.value);
      }
    }
    return code;
  }

  [[nodiscard]] static std::vector<FuncInfoRecord> function_records(const ProgramSpec& spec) {
    std::vector<FuncInfoRecord> records;
    for (const FunctionSpan& function : spec.functions) {
      if (function.btf_type == 0) return {};  // all or none: Linux wants one for each function
      records.push_back({function.start.value, function.btf_type});
    }
    return records;
  }

  [[nodiscard]] static std::vector<LineInfoRecord> line_records(const ProgramSpec& spec) {
    std::vector<LineInfoRecord> records;
    for (const SourceLine& line : spec.lines)
      records.push_back({line.slot.value, line.file_offset, line.text_offset, line.line << 10 | (line.column & 0x3ff)});
    return records;
  }

  [[nodiscard]] static tl::unexpected<Error> refused_program(const ProgramSpec& spec, const ProgLoadResult& result) {
    // The last line that is not statistics is the reason.
    std::string reason;
    for (std::size_t start = 0; start < result.log.size();) {
      const std::size_t end = std::min(result.log.find('\n', start), result.log.size());
      const std::string line = result.log.substr(start, end - start);
      if (!line.empty() && !line.starts_with("processed ")) reason = line;
      start = end + 1;
    }
    std::string help = reason.empty() ? "" : "see the whole log with --log-level 2";
    if (reason.find("GPL-restricted") != std::string::npos)
      help =
          "declare a license that the GPL is part of: char LICENSE[] SEC(\"license\") = \"GPL\"; in assembly: .license "
          "\"GPL\"";
    return fail_errno(result.error,
                      fmt::format("the kernel refuses program {}{}{}", spec.name, reason.empty() ? "" : ": ", reason),
                      help);
  }

  [[nodiscard]] Result<void> fill_program_arrays() {
    for (std::uint32_t i = 0; i < object_.maps.size(); ++i) {
      const MapSpec& spec = object_.maps[i];
      if (static_cast<MapType>(spec.type) != MapType::prog_array || !loaded_.maps[i].valid()) continue;
      for (const MapInitialiser& slot : spec.initialisers) {
        const auto target = std::find_if(loaded_.programs.begin(), loaded_.programs.end(), [&](const LoadedProgram& p) {
          return object_.programs[p.index].name == slot.name;
        });
        if (target == loaded_.programs.end()) continue;
        const auto fd = static_cast<std::uint32_t>(target->program.fd());
        if (const long error = map_update(loaded_.maps[i], bytes_of(slot.index), bytes_of(fd)); error != 0) {
          return fail_errno(static_cast<int>(-error),
                            fmt::format("cannot put program {} into slot {} of {}", slot.name, slot.index, spec.name));
        }
      }
    }
    return {};
  }

  Kernel& kernel_;
  const Object& object_;
  const LoadOptions& options_;
  std::vector<std::size_t> chosen_;
  LoadedObject loaded_;
};

}  // namespace

Result<LoadedObject> load(Kernel& kernel, const Object& object, const LoadOptions& options) {
  return Loading(kernel, object, options).run();
}

Result<Link> attach(const LoadedProgram& loaded, const Object& object) {
  const ProgramSpec& spec = object.programs[loaded.index];
  if (spec.method == AttachMethod::none) {
    return fail_with_help("run it on packets with --pcap FILE, or on given bytes with --data HEX",
                          "program {} ({}) has no event to attach to", spec.name, name_of(spec.type));
  }
  if (spec.attach_target.empty()) {
    const bool named = match_section(spec.section).info != nullptr;
    return fail_with_help(named ? fmt::format("write it behind the section's name: SEC(\"{}/…\")", spec.section)
                                : "say it with the type: --type tp/syscalls/sys_enter_NAME",
                          "section {} of program {} does not say what to attach to", spec.section, spec.name);
  }
  TRY(fd, loaded.program.kernel().attach(loaded.program.fd(),
                                         {spec.method, spec.type, spec.attach_type, spec.attach_target}));
  return Link(loaded.program.kernel(), fd);
}

}  // namespace skep
