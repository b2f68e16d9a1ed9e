// Why a run ended before its exit instruction.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "skep/base/base.hpp"
#include "skep/isa/isa.hpp"

namespace skep {

class Code;

enum class FaultKind : std::uint8_t {
  out_of_bounds,  ///< an access outside of the program's memory
  bad_context,    ///< a context field that does not exist, or not in this width
  out_of_fuel,
  bad_helper,      ///< no such helper, or one this machine does not have
  bad_argument,    ///< a helper argument that is not what its prototype asks for
  call_depth,      ///< more than 8 frames
  not_executable,  ///< an instruction that no engine runs here (addr_space_cast without an arena, kfunc call)
  interrupted,     ///< Machine::interrupt
};

/// A fault as data; as_diagnostic() makes the sentence.
struct Fault {
  FaultKind kind;
  Slot slot = {};
  std::string what = {};  ///< one sentence
  std::array<std::uint64_t, register_count> registers{};
  std::uint64_t address = 0;  ///< out_of_bounds
  std::uint32_t bytes = 0;
  std::string nearest = {};    ///< "16 bytes past the end of value of map counts", "" if near nothing
  const Code* code = nullptr;  ///< the program `slot` counts in: after a tail call not the one that was started
};
[[nodiscard]] std::string_view name_of(FaultKind kind);
/// The diagnostic with registers as reasons; source position and disassembly are added by who has them.
[[nodiscard]] Diagnostic as_diagnostic(const Fault& fault);

}  // namespace skep
