// The ways an object declares maps, each a reader that appends to input.object.maps and input.map_places. Private
// to the module.
#pragma once

#include "skep/object/code.hpp"
#include "skep/object/input.hpp"

namespace skep {

/// `.maps`, by BTF. Without usable BTF the maps are noted as unreadable.
void read_btf_maps(ObjectInput& input);
/// `values` of `.maps` definitions and the functions of `.struct_ops*`, which relocations fill: needs all maps and
/// functions by place.
void read_map_initialisers(ObjectInput& input, const ObjectCode& code);
/// `maps` and `maps/NAME`: arrays of C structs, by symbol.
void read_legacy_maps(ObjectInput& input);
/// `.data*`, `.bss*`, `.rodata*`: each an array map with one value; `.percpu*`: a per-CPU array.
void read_data_maps(ObjectInput& input);
/// `.addr_space.1`: the variables of the object's arena, which is a map of `.maps` already read.
void read_arena_data(ObjectInput& input);

/// `.struct_ops*`: each variable a map whose value is a table of programs.
void read_struct_ops_maps(ObjectInput& input);

/// Symbols that lie in a section, by offset; section symbols and labels left out.
[[nodiscard]] std::map<std::uint64_t, const ElfSymbol*> symbols_in(const ObjectInput& input, std::uint32_t section);

/// Appends a map that begins at `offset` of its section.
void add_map(ObjectInput& input, MapSpec map, std::uint64_t offset);

}  // namespace skep
