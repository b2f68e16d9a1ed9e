// A fault as a diagnostic: the sentence, the registers as reasons, what to do next.
#include "skep/vm/fault.hpp"

namespace skep {
namespace {

std::string_view help_for(FaultKind kind) {
  switch (kind) {
    case FaultKind::out_of_bounds: return "test the pointer and the length before the access";
    case FaultKind::bad_context: return "read the fields of the context with the widths that its struct declares";
    case FaultKind::out_of_fuel: return "bound the loop, or give the run more fuel";
    case FaultKind::bad_helper: return "`skep features` lists the helpers that are there";
    case FaultKind::bad_argument: return "the helper's prototype says what it takes";
    case FaultKind::call_depth: return "turn the recursion into a loop";
    case FaultKind::not_executable: return "this instruction needs a Linux kernel";
    case FaultKind::interrupted: return "";
  }
  return "";
}

}  // namespace

std::string_view name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::out_of_bounds: return "out of bounds";
    case FaultKind::bad_context: return "bad context access";
    case FaultKind::out_of_fuel: return "out of fuel";
    case FaultKind::bad_helper: return "bad helper";
    case FaultKind::bad_argument: return "bad argument";
    case FaultKind::call_depth: return "call depth";
    case FaultKind::not_executable: return "not executable";
    case FaultKind::interrupted: return "interrupted";
  }
  return "";
}

Diagnostic as_diagnostic(const Fault& fault) {
  Diagnostic diagnostic{.slot = fault.slot.value, .what = fault.what, .help = std::string(help_for(fault.kind))};
  constexpr std::size_t a_line = 4;
  for (std::size_t first = 0; first < register_count; first += a_line) {
    std::string line;
    for (std::size_t i = first; i < std::min<std::size_t>(first + a_line, register_count); ++i)
      line += fmt::format("{}r{}=0x{:x}", i == first ? "" : " ", i, fault.registers[i]);
    diagnostic.why.push_back(std::move(line));
  }
  return diagnostic;
}

}  // namespace skep
