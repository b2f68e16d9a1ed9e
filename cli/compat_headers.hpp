// Headers under the names that older kernel samples include ("bpf_helpers.h", <uapi/linux/bpf.h>), so that their
// programs compile as they stand. They come last in the search path: a project's own headers of these names win.
#pragma once

#include <span>
#include <string_view>

namespace skep {

struct CompatHeader {
  std::string_view path;
  std::string_view text;
};
[[nodiscard]] std::span<const CompatHeader> compat_headers();

}  // namespace skep
