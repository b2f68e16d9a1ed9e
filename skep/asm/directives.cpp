// Directives, the words that begin with a dot: sections, functions, maps, license and data. Those that compilers write
// for debuggers and linkers say nothing about instructions and are passed over.
#include <algorithm>
#include <array>

#include "skep/abi/abi.hpp"
#include "skep/asm/draft.hpp"

namespace skep {
namespace {

using Words = std::vector<std::string_view>;

/// What `clang -S` writes besides instructions.
constexpr auto passed_over = std::to_array<std::string_view>(
    {".addrsig", ".addrsig_sym", ".align", ".file", ".ident", ".loc", ".p2align", ".size", ".type"});

Words words_of(std::string_view text) {
  Words words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = text.find_first_not_of(" \t\r,", at);
    if (start == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(" \t\r,", start), text.size());
    words.push_back(text.substr(start, end - start));
    at = end;
  }
  return words;
}

std::string_view without_quotes(std::string_view word) {
  const bool quoted = word.size() > 1 && word.front() == '"' && word.back() == '"';
  return quoted ? word.substr(1, word.size() - 2) : word;
}

std::optional<std::uint64_t> number_in(std::string_view word) {
  const auto tokens = tokenize(word, 1);
  Cursor cursor(tokens);
  const auto value = cursor.expect_number();
  return cursor.at_end() ? value : std::nullopt;
}

class Directive {
 public:
  Directive(std::string_view text, std::uint32_t line, std::size_t column, UnitDraft& unit, Problems& problems)
      : text_(text), words_(words_of(text)), line_(line), column_(column), unit_(unit), problems_(problems) {}

  bool read() {
    if (words_.empty() || words_[0].find(':') != std::string_view::npos) return false;
    const std::string_view name = words_[0];
    if (name == ".section" && words_.size() >= 2) {
      unit_.enter_section(without_quotes(words_[1]));
    } else if (name == ".text" && words_.size() == 1) {
      unit_.enter_section(".text");
    } else if ((name == ".global" || name == ".globl") && words_.size() == 2) {
      unit_.declare(words_[1], true, line_);
    } else if (name == ".function" && words_.size() == 2) {
      unit_.define(words_[1], true, false, line_, column_);
    } else if (name == ".license" && words_.size() >= 2) {
      license();
    } else if (name == ".map") {
      map();
    } else if (name == ".8byte" && words_.size() == 2) {
      data();
    } else if (std::find(passed_over.begin(), passed_over.end(), name) == passed_over.end()) {
      complain(fmt::format("{} is no directive, or lacks its argument", name),
               "directives are .section, .global, .function, .map, .license and .8byte");
    }
    return true;
  }

 private:
  void complain(std::string what, std::string help = {}) {
    problems_.complain(line_, column_, std::move(what), std::move(help));
  }

  void license() {
    const auto open = text_.find('"');
    const auto close = text_.rfind('"');
    if (open == std::string_view::npos || close <= open)
      return complain("the license stands in quotes", ".license \"GPL\"");
    unit_.set_license(text_.substr(open + 1, close - open - 1));
  }

  void data() {
    const auto value = number_in(words_[1]);
    if (!value) return complain(fmt::format("{} is no number of 64 bits", words_[1]), ".8byte 0x00000000000000b7");
    const auto slot = slots_from_bytes(bytes_of(*value));
    CHECK(slot);
    AsmSection& section = unit_.current().section;
    section.code.push_back(slot->front());
    section.lines.push_back(line_);
  }

  /// .map NAME type=hash key=4 value=8 entries=16 [flags=0]
  void map() {
    const std::string help = ".map NAME type=hash key=4 value=8 entries=16";
    if (words_.size() < 3) return complain("a map needs a name and a type", help);
    AsmMap map;
    map.name = words_[1];
    bool has_type = false;
    for (std::size_t i = 2; i < words_.size(); ++i) {
      const auto equals = std::min(words_[i].find('='), words_[i].size());
      const std::string_view key = words_[i].substr(0, equals);
      const std::string_view value = words_[i].substr(std::min(equals + 1, words_[i].size()));
      if (key == "type") {
        const auto type = map_type_by_name(value);
        if (!type) return complain(fmt::format("there is no map type {}", value), "`skep features maps` lists them");
        map.type = static_cast<std::uint32_t>(*type);
        has_type = true;
        continue;
      }
      std::uint32_t* field = field_of(map, key);
      const auto number = number_in(value);
      if (field == nullptr || !number || *number > UINT32_MAX)
        return complain(fmt::format("`{}` does not belong into .map", words_[i]), help);
      *field = static_cast<std::uint32_t>(*number);
    }
    if (!has_type) return complain("the map's type is missing", help);
    unit_.add_map(std::move(map), line_, column_);
  }

  static std::uint32_t* field_of(AsmMap& map, std::string_view key) {
    if (key == "key") return &map.key_size;
    if (key == "value") return &map.value_size;
    if (key == "entries" || key == "max_entries") return &map.max_entries;
    if (key == "flags") return &map.flags;
    return nullptr;
  }

  std::string_view text_;
  Words words_;
  std::uint32_t line_;
  std::size_t column_;
  UnitDraft& unit_;
  Problems& problems_;
};

}  // namespace

bool read_directive(std::string_view text, std::uint32_t line, std::size_t column, UnitDraft& unit,
                    Problems& problems) {
  return Directive(text, line, column, unit, problems).read();
}

}  // namespace skep
