// clang puts the type of `extern … __kconfig` and `extern … __ksym` into DATASECs .kconfig and .ksyms of the BTF, and
// leaves the symbols undefined in the ELF. An undefined symbol in neither (memset, a constant to be patched in) is
// unknown: whoever uses it has a problem.
#include "skep/object/externs.hpp"

namespace skep {

namespace {

using KnownExterns = std::map<std::string_view, Extern>;

void collect(const ObjectInput& input, std::string_view section, KnownExterns& known) {
  const BtfType* datasec = input.datasec(section);
  if (datasec == nullptr) return;
  for (const BtfSectionVariable& entry : datasec->variables) {
    const BtfType& type = input.btf->type(entry.type);
    auto kind = Extern::Kind::kconfig;
    if (section == ".ksyms")
      kind = type.kind == BtfKind::function ? Extern::Kind::ksym_function : Extern::Kind::ksym_variable;
    known.emplace(type.name, Extern{.kind = kind, .name = std::string(type.name), .btf_type = entry.type});
  }
}

}  // namespace

void read_externs(ObjectInput& input) {
  KnownExterns known;
  collect(input, ".kconfig", known);
  collect(input, ".ksyms", known);
  for (const ElfSymbol& symbol : input.elf.symbols) {
    if (symbol.index == 0 || symbol.section != 0 || symbol.name.empty()) continue;
    const auto index = static_cast<std::uint32_t>(input.object.externs.size());
    if (!input.extern_index.emplace(symbol.name, index).second) continue;
    const auto entry = known.find(symbol.name);
    Extern found = entry == known.end() ? Extern{.kind = Extern::Kind::unknown, .name = symbol.name} : entry->second;
    found.weak = symbol.binding == SymbolBinding::weak;
    input.object.externs.push_back(std::move(found));
  }
}

}  // namespace skep
