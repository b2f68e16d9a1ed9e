// `skep features`: what the user kernel supports, printed from the rows of abi/*.def — there is no second list.
#include "cli/terminal.hpp"
#include "cli/verb.hpp"
#include "skep/abi/abi.hpp"

namespace skep {
namespace {

constexpr std::string_view examples =
    "  skep features                 how much of each\n"
    "  skep features helpers         every helper: supported or why not, since which Linux\n"
    "  skep features maps --json\n";

struct Row {
  std::string_view name;
  std::string_view since;
  Support support;
};
struct Group {
  std::string_view name;
  std::string_view title;
  std::vector<Row> rows;
};

std::vector<Row> rows_of(std::span<const TypeInfo> types) {
  std::vector<Row> rows;
  for (const TypeInfo& type : types) {
    if (type.name != "unspec") rows.push_back({type.name, type.since, type.support});
  }
  return rows;
}

std::vector<Group> groups() {
  std::vector<Group> all;
  all.push_back({"programs", "program types", rows_of(program_types())});
  all.push_back({"maps", "map types", rows_of(map_types())});
  Group helper_group{"helpers", "helpers", {}};
  for (const HelperInfo& helper : helpers()) helper_group.rows.push_back({helper.name, helper.since, helper.support});
  all.push_back(std::move(helper_group));
  Group command_group{"commands", "bpf(2) commands", {}};
  for (const CommandInfo& command : commands())
    command_group.rows.push_back({command.uapi_name, command.since, command.support});
  all.push_back(std::move(command_group));
  all.push_back({"attach", "attach types", rows_of(attach_types())});
  all.push_back({"links", "link types", rows_of(link_types())});
  Group sections{"sections", "section names", {}};
  for (const SectionInfo& section : section_names()) {
    const TypeInfo* type = find_program_type(static_cast<std::uint32_t>(section.type));
    sections.rows.push_back({section.name, "", type != nullptr ? type->support : Support{}});
  }
  all.push_back(std::move(sections));
  return all;
}

std::string summary(const std::vector<Group>& all) {
  std::string text = fmt::format("{:<18} {:>6} {:>8} {:>8}\n", "user kernel", "full", "partial", "refused");
  for (const Group& group : all) {
    std::array<std::size_t, 3> counts{};
    for (const Row& row : group.rows) ++counts[static_cast<std::size_t>(row.support.level)];
    text += fmt::format("{:<18} {:>6} {:>8} {:>8}\n", group.title, counts[0], counts[1], counts[2]);
  }
  return text + "\n`skep features GROUP` lists one: programs, maps, helpers, commands, attach, links, sections\n";
}

std::string table(const Group& group) {
  std::string text = fmt::format("{:<34} {:<8} {:<8} {}\n", group.title, "Linux", "support", "");
  for (const Row& row : group.rows) {
    text += fmt::format("{:<34} {:<8} {:<8} {}\n", row.name, row.since.empty() ? "-" : row.since,
                        name_of(row.support.level), row.support.why);
  }
  return text;
}

void write_group(JsonWriter& json, const Group& group) {
  json.key(group.name);
  json.begin_array();
  for (const Row& row : group.rows) {
    json.begin_object();
    json.field("name", row.name);
    json.field("since", row.since);
    json.field("support", name_of(row.support.level));
    if (!row.support.why.empty()) json.field("why", row.support.why);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

int features_verb(const CommandLine& line) {
  std::string wanted;
  bool json_wanted = false;
  auto app = verb_app(
      "features", "Lists what skep's user kernel supports, and since which Linux release each thing exists.", examples);
  app->add_option("group", wanted, "programs, maps, helpers, commands, attach, links or sections");
  app->add_flag("-j,--json", json_wanted, "as JSON");
  if (const auto code = parse(*app, line)) return *code;
  const std::vector<Group> all = groups();
  const Group* chosen = nullptr;
  for (const Group& group : all) {
    if (group.name == wanted) chosen = &group;
  }
  if (chosen == nullptr && !wanted.empty()) {
    return report(Error{fmt::format("there is no group {}", wanted),
                        "use programs, maps, helpers, commands, attach, links or sections"});
  }
  if (json_wanted) {
    JsonWriter json(stdout_is_terminal());
    json.begin_object();
    for (const Group& group : all) {
      if (chosen == nullptr || chosen == &group) write_group(json, group);
    }
    json.end_object();
    print(json.text() + "\n");
    return 0;
  }
  print(chosen == nullptr ? summary(all) : table(*chosen));
  return 0;
}

}  // namespace skep
