// Object names as bpf(2) takes them (bpf_obj_name_cpy): letters, digits, '_' and '.', terminated within 16 bytes.
#pragma once

#include <string>

namespace skep {

/// False if the name breaks the rule; the caller answers EINVAL.
template <std::size_t size>
[[nodiscard]] bool copy_object_name(const char (&from)[size], std::string& to) {
  to.clear();
  for (const char c : from) {
    if (c == '\0') return true;
    const bool allowed =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    if (!allowed) return false;
    to += c;
  }
  return false;
}

}  // namespace skep
