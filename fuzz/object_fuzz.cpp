// read_object on arbitrary bytes: whatever comes back is walked to its last byte, so that a view into memory that is
// gone shows.
#include "skep/object/object.hpp"

namespace {
/// Reads each element; volatile keeps the compiler from leaving that out.
template <typename Range>
void walk(const Range& range) {
  for (const auto& element : range) [[maybe_unused]] const volatile auto seen = element;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = skep::read_object({data, size}, {.name = "fuzz"});
  if (!object) return walk(object.error().what), 0;
  walk(object->license + object->name), walk(object->btf_for_load);
  for (const auto& program : object->programs) {
    walk(program.name + program.type_reason), walk(skep::bytes_from_slots(program.code));
    for (const auto& line : program.lines) walk(line.file), walk(line.text);
    for (const auto& relocation : program.core) walk(relocation.access);
    for (const auto& problem : program.problems) walk(skep::render(problem, false));
  }
  for (const auto& map : object->maps) walk(map.data), walk(object->kernel_map_name(map));
  return 0;
}
