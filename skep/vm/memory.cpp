// Regions: which bytes one access may span.
#include "skep/vm/memory.hpp"

#include <algorithm>

namespace skep {

std::string_view name_of(RegionKind kind) {
  switch (kind) {
    case RegionKind::stack: return "the stack";
    case RegionKind::context: return "the context";
    case RegionKind::packet: return "the packet";
    case RegionKind::packet_meta: return "the packet's metadata";
    case RegionKind::map_value: return "a map value";
    case RegionKind::record: return "a reserved record";
    case RegionKind::memory: return "the program's memory";
  }
  return "";
}

Region::Span Region::span_at(std::uint64_t address) const {
  if (stride == 0) return {begin, size};
  const std::uint64_t element = (address - begin) / stride * stride;
  if (size - element <= first) return {begin + element, 0};
  return {begin + element + first, std::min<std::uint64_t>(length, size - element - first)};
}

bool Region::allows(std::uint64_t address, std::uint64_t bytes, Access wanted) const {
  if (!includes(access, wanted) || address < begin || address - begin >= size) return false;
  const Span span = span_at(address);
  return address >= span.begin && bytes <= span.size && address - span.begin <= span.size - bytes;
}

}  // namespace skep
