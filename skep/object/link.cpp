// Static linking as libbpf does it (bpf_object__relocate_calls): a program is its entry function followed by each
// function that it reaches by call or by address, once each, wherever in the object they lie. Calls and function
// addresses become relative; references to maps, data and externs become Relocations; the debug records move along.
#include "skep/object/link.hpp"

#include <algorithm>
#include <set>

#include "skep/object/target.hpp"

namespace skep {

namespace {

/// The kernel's limit for a program (BPF_COMPLEXITY_LIMIT_INSNS).
constexpr std::uint64_t most_slots = 1'000'000;

/// Functions that a compiler calls although the source does not.
bool is_compilers_own(std::string_view function) {
  return function == "memset" || function == "memcpy" || function == "memmove" || function == "memcmp";
}

class Linker {
 public:
  Linker(const ObjectInput& input, const ObjectCode& code, LinkBudget& budget)
      : input_(input), code_(code), budget_(budget) {}

  ProgramSpec link(std::uint32_t entry) {
    program_.name = code_.functions[entry].name;
    place(entry);
    // The queue grows while functions are appended; each is placed once.
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      if (!append_function(queue_[next])) break;
    }
    for (const Fixup& fixup : fixups_) apply(fixup);
    return std::move(program_);
  }

 private:
  /// An immediate that becomes the distance to a function.
  struct Fixup {
    Slot slot;
    std::uint32_t function;
  };

  void place(std::uint32_t function) {
    if (starts_.emplace(function, std::nullopt).second) queue_.push_back(function);
  }

  bool append_function(std::uint32_t index) {
    const CodeFunction& function = code_.functions[index];
    const CodeSection& section = *code_.find(function.section);
    const Slot base{static_cast<std::uint32_t>(program_.code.size())};
    const std::uint64_t cost = function.slots * sizeof(RawInsn) + sizeof(FunctionSpan) + function.name.size();
    if (program_.code.size() + function.slots > most_slots || !budget_.spend(cost)) {
      // Said in any case, budget or not: it is the reason why the rest is missing.
      program_.problems.push_back(
          {.slot = 0,
           .what = fmt::format("the program is too large: {} instructions, and {} is still to come",
                               program_.code.size(), function.name)});
      return false;
    }
    starts_[index] = base;
    const auto first = section.code.begin() + function.start.value;
    program_.code.insert(program_.code.end(), first, first + function.slots);
    program_.functions.push_back(
        {function.name, base, function.slots, function_type(section, function), function.global && !function.hidden});
    append_lines(section, function, base);
    append_core(section, function, base);
    resolve_references(section, function, base);
    return true;
  }

  static std::uint32_t function_type(const CodeSection& section, const CodeFunction& function) {
    const std::uint32_t offset = function.start.value * slot_bytes;
    const auto& records = section.function_records;
    const auto found = std::lower_bound(records.begin(), records.end(), offset,
                                        [](const FunctionRecord& r, std::uint32_t at) { return r.byte_offset < at; });
    return found == records.end() || found->byte_offset != offset ? 0 : found->type;
  }

  /// Calls take(record, slot in the program) for the records of a function.
  template <typename Record, typename Take>
  void for_each_record(const std::vector<Record>& records, const CodeFunction& function, Slot base, Take take) {
    const std::uint64_t begin = std::uint64_t{function.start.value} * slot_bytes;
    const std::uint64_t end = begin + std::uint64_t{function.slots} * slot_bytes;
    auto record = std::lower_bound(records.begin(), records.end(), begin,
                                   [](const Record& r, std::uint64_t at) { return r.byte_offset < at; });
    for (; record != records.end() && record->byte_offset < end && budget_.spend(sizeof(SourceLine)); ++record) {
      take(*record, base + static_cast<std::uint32_t>((record->byte_offset - begin) / slot_bytes));
    }
  }

  void append_lines(const CodeSection& section, const CodeFunction& function, Slot base) {
    for_each_record(section.lines, function, base, [&](const LineRecord& record, Slot slot) {
      program_.lines.push_back(
          {slot, record.file, record.text, record.line, record.column, record.file_offset, record.text_offset});
    });
  }

  void append_core(const CodeSection& section, const CodeFunction& function, Slot base) {
    for_each_record(section.core, function, base, [&](const CoreRecord& record, Slot slot) {
      program_.core.push_back({slot, record.type, record.access, record.kind});
    });
  }

  void resolve_references(const CodeSection& section, const CodeFunction& function, Slot base) {
    const std::span<const RawInsn> code(section.code.data() + function.start.value, function.slots);
    for_each_insn(code, [&](Slot at, const RawInsn& insn) {
      const Slot in_section = function.start + at.value;
      const Slot in_program = base + at.value;
      if (const ElfRelocation* relocation = section.relocation_at(in_section)) {
        resolve(*relocation, insn, in_program);
      } else if (const auto place = code_reference(input_, section, in_section)) {
        refer_to_code(*place, in_program);
      } else if (lost_its_relocation(input_, insn)) {
        problem(in_program, "the call has no relocation that says whom it calls: the file was stripped",
                "`llvm-strip -g` leaves the relocations in");
      } else if (is_function_call(insn) || is_function_address(insn)) {
        problem(in_program, fmt::format("the call leads {} slots from here, out of section {}",
                                        std::int64_t{insn.imm} + 1, input_.section(section.section).name));
      }
    });
  }

  void resolve(const ElfRelocation& relocation, const RawInsn& insn, Slot slot) {
    const ElfSymbol& symbol = input_.elf.symbols[relocation.symbol];
    const std::string name = display_name(input_, symbol);
    if (!is_call(insn) && !is_load_imm64(insn)) {
      return refuse(
          slot, name,
          fmt::format("a relocation against {} applies to an instruction that is neither a call nor a 64-bit load",
                      name));
    }
    const std::int64_t addend =
        is_call(insn) ? call_addend(input_, relocation, insn) : load_addend(input_, relocation, insn);
    const Target target = find_target(input_, symbol, addend);
    if (const auto* code = std::get_if<CodeTarget>(&target)) return refer_to_code(code->place, slot);
    if (const auto* external = std::get_if<ExternTarget>(&target)) return refer_to_extern(external->index, slot);
    if (const auto* none = std::get_if<NoTarget>(&target))
      return refuse(slot, name, fmt::format("{} cannot be resolved: {}", name, none->why));
    if (is_call(insn)) return refuse(slot, name, fmt::format("the call leads to {}, which is no function", name));
    if (const auto* map = std::get_if<MapTarget>(&target))
      return relocate({Relocation::Kind::map, slot, map->map, 0, name});
    if (const auto* value = std::get_if<MapValueTarget>(&target))
      return relocate({Relocation::Kind::map_value, slot, value->map, value->offset, name});
    if (const auto* number = std::get_if<NumberTarget>(&target)) set_number(slot, number->value);
  }

  void refer_to_code(Place place, Slot slot) {
    const auto function = code_.function_at(place);
    if (!function) {
      return problem(slot, fmt::format("the target at offset {:#x} of section {} is no instruction of it", place.offset,
                                       input_.section(place.section).name));
    }
    RawInsn& insn = program_.code[slot.value];
    insn.src = static_cast<std::uint8_t>(is_call(insn) ? static_cast<unsigned>(CallKind::function)
                                                       : static_cast<unsigned>(ImmKind::function));
    if (is_load_imm64(insn) && slot.value + 1 < program_.code.size()) program_.code[slot.value + 1].imm = 0;
    place_later(slot, *function);
  }

  void place_later(Slot slot, std::uint32_t function) {
    fixups_.push_back({slot, function});
    place(function);
  }

  void refer_to_extern(std::uint32_t index, Slot slot) {
    const Extern& external = input_.object.externs[index];
    RawInsn& insn = program_.code[slot.value];
    switch (external.kind) {
      case Extern::Kind::ksym_function:
        // Until the kernel function's BTF id is known.
        if (is_call(insn)) {
          insn.src = static_cast<std::uint8_t>(CallKind::kfunc);
          insn.imm = 0;
        }
        return relocate({Relocation::Kind::extern_function, slot, index, 0, external.name});
      case Extern::Kind::kconfig:
      case Extern::Kind::ksym_variable:
        if (is_call(insn))
          return refuse(slot, external.name, fmt::format("the call leads to {}, which is no function", external.name));
        return relocate({Relocation::Kind::extern_variable, slot, index, 0, external.name});
      case Extern::Kind::unknown: break;
    }
    if (input_.btf == nullptr && !is_compilers_own(external.name)) {
      return refuse(
          slot, external.name,
          fmt::format("{} is not defined in this object, and without BTF nobody knows what it is", external.name),
          "if the kernel has it (__ksym, __kconfig), compile with `clang -g`; else define it");
    }
    refuse(slot, external.name,
           fmt::format("{} is not defined in this object and is neither a kernel function nor a kernel variable",
                       external.name),
           is_call(insn)
               ? fmt::format("define {} as a static function, or let the compiler expand it (__builtin_{}, -O2)",
                             external.name, external.name)
               : "the loader this object was written for sets it; declare it `const volatile` instead");
  }

  void relocate(Relocation relocation) {
    if (!budget_.spend(sizeof(Relocation) + relocation.symbol.size())) return;
    program_.relocations.push_back(std::move(relocation));
  }

  void set_number(Slot slot, std::int64_t value) {
    program_.code[slot.value].imm = static_cast<std::int32_t>(value);
    if (slot.value + 1 < program_.code.size())
      program_.code[slot.value + 1].imm = static_cast<std::int32_t>(value >> 32);
  }

  void apply(const Fixup& fixup) {
    const std::optional<Slot> start = starts_[fixup.function];
    if (!start) return;  // linking stopped before it, and said so
    program_.code[fixup.slot.value].imm = static_cast<std::int32_t>(std::int64_t{start->value} - fixup.slot.value - 1);
  }

  /// A reference that nothing can satisfy: kept as a relocation for the reader, and a reason not to load.
  void refuse(Slot slot, const std::string& symbol, std::string what, std::string help = {}) {
    relocate({Relocation::Kind::unresolved, slot, 0, 0, symbol});
    problem(slot, std::move(what), std::move(help));
  }

  /// What is wrong at many places is said once.
  void problem(Slot slot, std::string what, std::string help = {}) {
    if (problems_said_.contains(what)) return;
    SourceLocation where = source_of(slot);
    if (!budget_.spend(sizeof(Diagnostic) + where.file.size() + where.text.size() + 2 * what.size() + help.size()))
      return;
    problems_said_.insert(what);
    program_.problems.push_back(
        {.where = std::move(where), .slot = slot.value, .what = std::move(what), .help = std::move(help)});
  }

  [[nodiscard]] SourceLocation source_of(Slot slot) const {
    const auto& lines = program_.lines;
    const auto after = std::upper_bound(lines.begin(), lines.end(), slot,
                                        [](Slot at, const SourceLine& line) { return at < line.slot; });
    if (after == lines.begin()) return {};
    const SourceLine& line = *std::prev(after);
    return {std::string(line.file), line.line, line.column, std::string(line.text)};
  }

  const ObjectInput& input_;
  const ObjectCode& code_;
  LinkBudget& budget_;
  ProgramSpec program_;
  std::map<std::uint32_t, std::optional<Slot>> starts_;  // of the functions reached; nothing: still in the queue
  std::vector<std::uint32_t> queue_;
  std::set<std::string> problems_said_;
  std::vector<Fixup> fixups_;
};

}  // namespace

ProgramSpec link_program(const ObjectInput& input, const ObjectCode& code, std::uint32_t entry, LinkBudget& budget) {
  return Linker(input, code, budget).link(entry);
}

}  // namespace skep
