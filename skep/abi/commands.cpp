// The rows of commands.def as a table; ids are dense.
#include "skep/abi/commands.hpp"

#include <cerrno>

namespace skep {
namespace {

constexpr CommandInfo command_rows[] = {
#define COMMAND(id, name, uapi_name, attr_end, since, ...) {id, #name, uapi_name, attr_end, since, __VA_ARGS__},
#include "skep/abi/commands.def"
#undef COMMAND
};

}  // namespace

std::span<const CommandInfo> commands() { return command_rows; }

const CommandInfo* find_command(std::uint32_t id) { return id < std::size(command_rows) ? &command_rows[id] : nullptr; }

}  // namespace skep
