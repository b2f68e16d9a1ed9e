// What the three readers of maps share: the symbols of a section in order, and the registration of a map with its place
// in the file.
#include "skep/object/maps.hpp"

namespace skep {

std::map<std::uint64_t, const ElfSymbol*> symbols_in(const ObjectInput& input, std::uint32_t section) {
  std::map<std::uint64_t, const ElfSymbol*> symbols;
  for (const ElfSymbol* symbol : input.symbols[section]) {
    const bool names_something =
        symbol->type != SymbolType::section && symbol->type != SymbolType::file && !symbol->name.empty();
    if (names_something && !is_label(symbol->name)) symbols.emplace(symbol->value, symbol);
  }
  return symbols;
}

void add_map(ObjectInput& input, MapSpec map, std::uint64_t offset) {
  input.map_places.emplace(Place{map.section, offset}, static_cast<std::uint32_t>(input.object.maps.size()));
  input.object.maps.push_back(std::move(map));
}

}  // namespace skep
