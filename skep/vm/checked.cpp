// The checked interpreter: the same loop with every access tested first. The referee, and the only engine for programs
// that nobody has verified.
#include "skep/vm/execute.hpp"

namespace skep {

template Execution::Outcome Execution::execute<true>(Machine&, const Operation*, const Arguments&, std::uint64_t&);

}  // namespace skep
