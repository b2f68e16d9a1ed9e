// The rows of section_names.def as a table, and libbpf's way to look a section name up in it (find_sec_def).
#include "skep/abi/sections.hpp"

namespace skep {
namespace {

constexpr bool exact = false;
constexpr bool with_extras = true;

/// The column of the expected attach type.
struct ExpectedType {
  AttachType type = AttachType::cgroup_inet_ingress;
  bool given = false;
};
constexpr ExpectedType no_type{};

constexpr SectionFlag plain = SectionFlag::none;
constexpr SectionFlag attachable = SectionFlag::attachable;
constexpr SectionFlag attachable_optional = SectionFlag::attachable_optional;
constexpr SectionFlag sleepable = SectionFlag::sleepable;
constexpr SectionFlag attach_btf = SectionFlag::attach_btf;
constexpr SectionFlag xdp_frags = SectionFlag::xdp_frags;
constexpr SectionFlag usdt = SectionFlag::usdt;

constexpr SectionInfo row(std::string_view name, bool takes_extras, ProgramType type, ExpectedType expected,
                          SectionFlag flags, AttachMethod method) {
  return {name, takes_extras, type, expected.type, expected.given, flags, method};
}

constexpr SectionInfo section_rows[] = {
#define is(type) \
  ExpectedType { AttachType::type, true }
#define SECTION(name, extras, type, attach_type, flags, method) \
  row(name, extras, ProgramType::type, attach_type, flags, AttachMethod::method),
#include "skep/abi/section_names.def"
#undef SECTION
#undef is
};

bool matches(const SectionInfo& info, std::string_view name) {
  if (name == info.name) return true;
  return info.takes_extras && name.size() > info.name.size() && name.starts_with(info.name) &&
         name[info.name.size()] == '/';
}

}  // namespace

std::span<const SectionInfo> section_names() { return section_rows; }

SectionMatch match_section(std::string_view name) {
  const bool autoload = !name.starts_with('?');
  if (!autoload) name.remove_prefix(1);
  for (const SectionInfo& info : section_rows) {
    if (!matches(info, name)) continue;
    const std::string_view extras = name == info.name ? std::string_view{} : name.substr(info.name.size() + 1);
    return {&info, extras, autoload};
  }
  return {nullptr, {}, autoload};
}

}  // namespace skep
