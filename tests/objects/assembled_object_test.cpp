// From text to an object and back: what the assembler declares is what read_object() finds.
#include <gtest/gtest.h>

#include "skep/asm/asm.hpp"
#include "skep/object/object.hpp"

namespace skep {
namespace {

ObjectDraft draft_of(const AsmUnit& unit) {
  ObjectDraft draft;
  draft.license = unit.license;
  for (const AsmMap& map : unit.maps)
    draft.maps.push_back({map.name, map.type, map.key_size, map.value_size, map.max_entries, map.flags});
  for (const AsmSection& section : unit.sections) {
    ObjectDraft::Section out{section.name, section.code, {}, {}};
    for (const AsmFunction& function : section.functions)
      out.functions.push_back({function.name, function.start, function.global});
    for (const AsmReference& reference : section.references)
      out.references.push_back({reference.slot, reference.symbol});
    draft.sections.push_back(std::move(out));
  }
  return draft;
}

TEST(AssembledObject, OpensWithEverythingDeclared) {
  const auto unit = assemble_unit(R"(
.license "GPL"
.map counts type=hash key=4 value=8 entries=16 flags=1
.section xdp
.global main
main:
  r1 = counts ll
  call helper
  exit
.section .text
.global helper
helper:
  r0 = 2
  exit
)",
                                  "text.s");
  ASSERT_TRUE(unit.has_value()) << render(unit.error().front(), false);
  const auto bytes = write_object(draft_of(*unit));
  ASSERT_TRUE(bytes.has_value()) << bytes.error().what;
  const auto object = read_object(*bytes);
  ASSERT_TRUE(object.has_value()) << object.error().what;
  EXPECT_EQ(object->license, "GPL");
  ASSERT_EQ(object->maps.size(), 1U);
  EXPECT_EQ(object->maps[0].name, "counts");
  EXPECT_EQ(object->maps[0].type, 1U);
  EXPECT_EQ(object->maps[0].key_size, 4U);
  EXPECT_EQ(object->maps[0].value_size, 8U);
  EXPECT_EQ(object->maps[0].max_entries, 16U);
  EXPECT_EQ(object->maps[0].flags, 1U);
  const ProgramSpec* program = object->find_program("main");
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->section, "xdp");
  ASSERT_EQ(program->code.size(), 6U) << "the helper's two slots are linked behind the program's four";
  const auto call = decode(program->code, Slot{2});
  ASSERT_TRUE(call.has_value() && std::holds_alternative<Call>(call->insn));
  EXPECT_EQ(std::get<Call>(call->insn).kind, CallKind::function);
  EXPECT_EQ(std::get<Call>(call->insn).target, 1);
}

}  // namespace
}  // namespace skep
