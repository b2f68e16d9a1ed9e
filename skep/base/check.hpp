// CHECK: we are wrong. Always on, in release builds too: it prints the condition and aborts. Never for bad input
// (that is a Diagnostic) and never for a call that may fail (that is an Error).
#pragma once

namespace skep {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace skep

#define CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::skep::check_failed(#condition, __FILE__, __LINE__))
