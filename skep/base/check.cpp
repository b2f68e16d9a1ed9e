#include "skep/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace skep {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "skep: internal error at %s:%d: %s does not hold. Please report this, with the command that shows it.\n",
               file, line, condition);
  std::abort();
}

}  // namespace skep
