// The three ways the field writes eBPF assembly.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skep {

enum class Dialect : std::uint8_t {
  kernel,  ///< verifier log and bpftool: `(79) r1 = *(u64 *)(r1 +104)`
  llvm,    ///< llvm-objdump: `r1 = *(u64 *)(r1 + 0x68)`
  gnu,     ///< GNU as, ubpf: `ldxdw %r1, [%r1+104]`
};
[[nodiscard]] std::optional<Dialect> dialect_by_name(std::string_view name);
[[nodiscard]] std::string_view name_of(Dialect dialect);

}  // namespace skep
