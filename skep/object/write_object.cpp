// Object parts → relocatable, in the form clang and libbpf agree on: code in named sections with STT_FUNC symbols,
// `.maps` described by BTF (numbers as pointers to arrays, see maps_btf.cpp), references as R_BPF_64_64 and R_BPF_64_32
// relocations, `license`.
#include "skep/object/write_object.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "skep/object/code.hpp"

namespace skep {

namespace {

constexpr std::uint64_t flags_code = 2 | 4;  // SHF_ALLOC | SHF_EXECINSTR
constexpr std::uint64_t flags_data = 1 | 2;  // SHF_WRITE | SHF_ALLOC
constexpr std::uint64_t pointer_size = 8;

struct MapSection {
  ByteVector content;                  ///< zeroes: only types and symbols matter
  std::vector<std::uint64_t> offsets;  ///< of each map
  std::vector<std::uint64_t> sizes;
  ByteVector btf;
};

/// `.maps` and the BTF that gives it its meaning.
MapSection describe_maps(const std::vector<ObjectDraft::Map>& maps) {
  BtfBuilder btf;
  const std::uint32_t integer = btf.add_integer("int", 4, 1);
  const std::uint32_t index = btf.add_integer("__ARRAY_SIZE_TYPE__", 4, 0);
  MapSection section;
  std::vector<BtfSectionVariable> variables;
  for (const ObjectDraft::Map& map : maps) {
    const std::pair<std::string_view, std::uint32_t> fields[] = {{"type", map.type},
                                                                 {"key_size", map.key_size},
                                                                 {"value_size", map.value_size},
                                                                 {"max_entries", map.max_entries},
                                                                 {"map_flags", map.flags}};
    std::vector<BtfMember> members;
    for (const auto& [name, value] : fields) {
      // A field that is not there is 0, and libbpf refuses key_size and value_size of 0.
      if (value == 0 && name != "type") continue;
      const std::uint32_t number = btf.add_pointer(btf.add_array(integer, index, value));
      members.push_back({name, number, static_cast<std::uint32_t>(members.size() * pointer_size * 8), 0});
    }
    const std::uint64_t size = members.size() * pointer_size;
    const std::uint32_t type = btf.add_struct("", static_cast<std::uint32_t>(size), members);
    constexpr std::uint32_t global = 1;
    const auto offset = section.content.size();
    variables.push_back({btf.add_variable(map.name, type, global), static_cast<std::uint32_t>(offset),
                         static_cast<std::uint32_t>(size)});
    section.offsets.push_back(offset);
    section.sizes.push_back(size);
    section.content.resize(offset + size, 0);
  }
  btf.add_datasec(".maps", static_cast<std::uint32_t>(section.content.size()), variables);
  section.btf = btf.write();
  return section;
}

class Writer {
 public:
  explicit Writer(const ObjectDraft& draft) : draft_(draft) {}

  Result<ByteVector> write() {
    TRY_VOID(check_names());
    for (const ObjectDraft::Section& section : draft_.sections) TRY_VOID(check_functions(section));
    sections_.reserve(draft_.sections.size());
    for (const ObjectDraft::Section& section : draft_.sections) {
      TRY(code, code_with_references(section));
      sections_.push_back(elf_.add_section(section.name, SectionType::progbits, flags_code, bytes_from_slots(code)));
    }
    add_declarations();
    // Local symbols first, as ELF wants it.
    add_functions(false);
    add_functions(true);
    add_map_symbols();
    add_relocations();
    return elf_.write();
  }

 private:
  Result<void> check_names() {
    std::set<std::string_view> section_names;
    for (const ObjectDraft::Section& section : draft_.sections) {
      if (section.name.empty()) return fail("a section has no name");
      if (!section_names.insert(section.name).second) return fail("two sections are called {}", section.name);
      for (const ObjectDraft::Function& function : section.functions) TRY_VOID(declare(function.name, true));
    }
    for (const ObjectDraft::Map& map : draft_.maps) TRY_VOID(declare(map.name, false));
    return {};
  }

  Result<void> declare(const std::string& name, bool is_function) {
    if (name.empty()) return fail("a {} has no name", is_function ? "function" : "map");
    if (!is_function_.emplace(name, is_function).second)
      return fail_with_help("rename one of them", "two symbols are called {}", name);
    return {};
  }

  static Result<void> check_functions(const ObjectDraft::Section& section) {
    std::set<Slot> starts;
    for (const ObjectDraft::Function& function : section.functions) {
      if (function.start.value >= section.code.size()) {
        return fail("function {} begins at slot {} of section {}, which has {}", function.name, function.start.value,
                    section.name, section.code.size());
      }
      if (!starts.insert(function.start).second)
        return fail("function {} of section {} begins where another does", function.name, section.name);
    }
    return {};
  }

  /// The section's code, references set to what relocations expect to find.
  Result<std::vector<RawInsn>> code_with_references(const ObjectDraft::Section& section) const {
    std::vector<RawInsn> code = section.code;
    for (const ObjectDraft::Reference& reference : section.references) {
      const auto symbol = is_function_.find(reference.symbol);
      if (symbol == is_function_.end()) return undefined(section, reference.symbol);
      if (reference.slot.value >= code.size())
        return fail("section {}: a reference to {} at slot {}, behind the last", section.name, reference.symbol,
                    reference.slot.value);
      RawInsn& insn = code[reference.slot.value];
      if (is_call(insn) && symbol->second) {
        insn.src = static_cast<std::uint8_t>(CallKind::function);
        insn.imm = -1;
      } else if (is_load_imm64(insn) && reference.slot.value + 1 < code.size()) {
        insn.src = 0;
        insn.imm = 0;
        code[reference.slot.value + 1].imm = 0;
      } else {
        return fail("section {}: the instruction at slot {} cannot refer to {}", section.name, reference.slot.value,
                    reference.symbol);
      }
    }
    return code;
  }

  [[nodiscard]] tl::unexpected<Error> undefined(const ObjectDraft::Section& section, const std::string& symbol) const {
    std::vector<std::string> known;
    for (const auto& [name, is_function] : is_function_) known.emplace_back(name);
    const std::string near = nearest(symbol, known);
    return fail_with_help(near.empty() ? "declare a map or a function of that name" : "did you mean " + near + "?",
                          "section {}: there is no map or function {}", section.name, symbol);
  }

  void add_declarations() {
    if (!draft_.maps.empty()) {
      maps_ = describe_maps(draft_.maps);
      maps_section_ = elf_.add_section(".maps", SectionType::progbits, flags_data, maps_.content);
      elf_.add_section(".BTF", SectionType::progbits, 0, maps_.btf, 4);
    }
    if (draft_.license.empty()) return;
    ByteVector license;
    append_bytes(license, as_bytes(draft_.license));
    license.push_back(0);
    elf_.add_section("license", SectionType::progbits, flags_data, license, 1);
  }

  void add_functions(bool global) {
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const ObjectDraft::Section& section = draft_.sections[i];
      std::set<Slot> starts;
      for (const ObjectDraft::Function& function : section.functions) starts.insert(function.start);
      for (const ObjectDraft::Function& function : section.functions) {
        if (function.global != global) continue;
        const auto after = starts.upper_bound(function.start);
        const std::uint64_t end = after == starts.end() ? section.code.size() : after->value;
        symbols_[function.name] = elf_.add_symbol(
            function.name, global ? SymbolBinding::global : SymbolBinding::local, SymbolType::function, sections_[i],
            std::uint64_t{function.start.value} * slot_bytes, (end - function.start.value) * slot_bytes);
      }
    }
  }

  void add_map_symbols() {
    for (std::size_t i = 0; i < draft_.maps.size(); ++i) {
      const std::string& name = draft_.maps[i].name;
      symbols_[name] = elf_.add_symbol(name, SymbolBinding::global, SymbolType::object, maps_section_, maps_.offsets[i],
                                       maps_.sizes[i]);
    }
  }

  void add_relocations() {
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      for (const ObjectDraft::Reference& reference : draft_.sections[i].references) {
        const bool call = is_call(draft_.sections[i].code[reference.slot.value]);
        elf_.add_relocation(sections_[i], std::uint64_t{reference.slot.value} * slot_bytes,
                            call ? r_bpf_64_32 : r_bpf_64_64, symbols_.at(reference.symbol));
      }
    }
  }

  const ObjectDraft& draft_;
  ElfBuilder elf_;
  std::vector<std::uint16_t> sections_;  // numbers of the draft's sections
  std::map<std::string_view, bool> is_function_;
  std::map<std::string_view, std::uint32_t> symbols_;
  MapSection maps_;
  std::uint16_t maps_section_ = 0;
};

}  // namespace

Result<ByteVector> write_object(const ObjectDraft& draft) { return Writer(draft).write(); }

}  // namespace skep
