#include "skep/base/error.hpp"

#include <cstring>
#include <system_error>

namespace skep {

std::string errno_text(int code) { return std::generic_category().message(code); }

std::string errno_name(int code) {
  if (const char* name = strerrorname_np(code)) return name;
  return code == 524 ? "ENOTSUPP" : std::to_string(code);
}

tl::unexpected<Error> fail_errno(int code, std::string what, std::string help) {
  return tl::unexpected<Error>(Error{fmt::format("{}: {}", what, errno_text(code)), std::move(help), code});
}

}  // namespace skep
