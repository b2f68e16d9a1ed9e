// Error: this call failed. A sentence that says where, what and why, a hint what to do next, and the errno if the
// operating system (or the user kernel in its place) gave one. Functions that can fail return Result<T>; TRY passes a
// failure on.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace skep {

struct Error {
  std::string what;       ///< One sentence without a full stop: where, what, why.
  std::string help = {};  ///< What to do next; may be empty.
  int code = 0;           ///< errno (positive), or 0.
};

template <typename T>
using Result = tl::expected<T, Error>;

/// An Error ready to return: `return fail("no section {}", name);`
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...)});
}

/// The same with a hint: `return fail_with_help("use --type xdp", "no program type for {}", name);`
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail_with_help(std::string help, fmt::format_string<Args...> format,
                                                   Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...), std::move(help)});
}

/// An Error for errno `code`: "cannot open x: Permission denied".
[[nodiscard]] tl::unexpected<Error> fail_errno(int code, std::string what, std::string help = {});

/// The text of an errno ("Permission denied"); thread-safe.
[[nodiscard]] std::string errno_text(int code);

/// The name of an errno ("EPERM"), or its number as text.
[[nodiscard]] std::string errno_name(int code);

}  // namespace skep

#define SKEP_CONCAT_(a, b) a##b
#define SKEP_CONCAT(a, b) SKEP_CONCAT_(a, b)

/// TRY(name, expression): evaluates a Result; on failure returns its error from the enclosing function, otherwise
/// declares `name` with the value. TRY_VOID(expression) for a Result<void>.
#define TRY(name, ...) SKEP_TRY_(SKEP_CONCAT(skep_try_, __LINE__), name, __VA_ARGS__)
#define SKEP_TRY_(temporary, name, ...)                                               \
  auto temporary = (__VA_ARGS__);                                                     \
  if (!temporary) return tl::unexpected<::skep::Error>(std::move(temporary).error()); \
  auto name = std::move(*temporary)

#define TRY_VOID(...) SKEP_TRY_VOID_(SKEP_CONCAT(skep_try_, __LINE__), __VA_ARGS__)
#define SKEP_TRY_VOID_(temporary, ...) \
  if (auto temporary = (__VA_ARGS__); !temporary) return tl::unexpected<::skep::Error>(std::move(temporary).error())
