// The dialects' names on the command line.
#include "skep/asm/dialect.hpp"

#include <array>

namespace skep {
namespace {

struct DialectName {
  Dialect dialect;
  std::string_view name;
};
constexpr std::array names = {DialectName{Dialect::kernel, "kernel"}, DialectName{Dialect::llvm, "llvm"},
                              DialectName{Dialect::gnu, "gnu"}};

}  // namespace

std::optional<Dialect> dialect_by_name(std::string_view name) {
  for (const DialectName& row : names)
    if (row.name == name) return row.dialect;
  return std::nullopt;
}

std::string_view name_of(Dialect dialect) { return names[static_cast<std::size_t>(dialect)].name; }

}  // namespace skep
