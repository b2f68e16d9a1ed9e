// The interpreter: the loop without tests, for programs that a verifier has proven.
#include "skep/vm/execute.hpp"

namespace skep {

template Execution::Outcome Execution::execute<false>(Machine&, const Operation*, const Arguments&, std::uint64_t&);

}  // namespace skep
