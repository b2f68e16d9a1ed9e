// Map contents for readers: bpftool's plain text and JSON, typed by BTF where there is some.
#pragma once

#include <string>

#include "skep/btf/btf.hpp"
#include "skep/kernel/kernel.hpp"

namespace skep {

struct PrintMapOptions {
  const Btf* btf = nullptr;
  std::uint32_t key_type = 0;  ///< BTF ids; 0: none
  std::uint32_t value_type = 0;
  std::uint64_t max_elements = ~std::uint64_t{0};
};
/// `bpftool map dump`: typed JSON if there is BTF, else `key: … value: …` lines and `Found N elements`.
[[nodiscard]] Result<std::string> print_map(const Map& map, const PrintMapOptions& options);
/// The `map dump -j` array: key, value(s), formatted.
[[nodiscard]] Result<void> write_map(JsonWriter& json, const Map& map, const PrintMapOptions& options);

}  // namespace skep
