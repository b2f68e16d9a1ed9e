// bpf(2) commands: number, name, how long the attr may be, what our user kernel does with them. One row each in
// commands.def.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "skep/abi/support.hpp"

namespace skep {

enum class BpfCommand : std::uint32_t {
#define COMMAND(id, name, ...) name = id,
#include "skep/abi/commands.def"
#undef COMMAND
};

struct CommandInfo {
  std::uint32_t id;
  std::string_view name;       ///< "prog_load"
  std::string_view uapi_name;  ///< "BPF_PROG_LOAD"
  std::uint32_t attr_end;      ///< offset after the last field the command knows (CHECK_ATTR); bytes behind it must be
                               ///< zero, else EINVAL
  std::string_view since;
  Support support;
};

[[nodiscard]] std::span<const CommandInfo> commands();
[[nodiscard]] const CommandInfo* find_command(std::uint32_t id);

}  // namespace skep
