// The table of bodies, made from the rows of abi/helpers.def.
#include "skep/helpers/table.hpp"

#include "skep/helpers/argument_check.hpp"
#include "skep/helpers/bodies.hpp"
#include "skep/maps/maps.hpp"

namespace skep {

HelperTable helper_table() {
  HelperTable table;
  table.check = check_arguments;
#define SKEP_ADD_BODY(name) table.set(static_cast<std::uint32_t>(HelperId::name), helper_##name);
#define HELPER(id, name, returns, arguments, flags, types, since, ...) \
  SKEP_IF_SUPPORTED(__VA_ARGS__, SKEP_ADD_BODY, name)
#include "skep/abi/helpers.def"
#undef HELPER
#undef SKEP_ADD_BODY
  return table;
}

std::vector<Region> value_regions(const KernelMap& map, std::string_view name) {
  const std::uint32_t flags = map.attributes().flags;
  std::vector<Region> regions;
  for (const ValueMemory& memory : map.value_memory()) {
    Region region;
    region.begin = memory.begin;
    region.size = memory.size;
    region.kind = RegionKind::map_value;
    region.access = (flags & bpf_f_rdonly_prog) != 0   ? Access::read
                    : (flags & bpf_f_wronly_prog) != 0 ? Access::write
                                                       : Access::read_write;
    region.stride = memory.stride;
    region.first = memory.first;
    region.length = memory.length;
    region.name = name;
    regions.push_back(region);
  }
  return regions;
}

}  // namespace skep
