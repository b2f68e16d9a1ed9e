// What we write, read back by ourselves and by libbpf (`bpftool gen skeleton` opens an object without loading it).
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "skep/object/test_objects.hpp"

namespace skep::test {
namespace {

ObjectDraft example() {
  ObjectDraft draft;
  draft.maps = {{"counts", 1, 4, 8, 1024, 0}, {"events", 27, 0, 0, 4096, 0}};
  draft.license = "GPL";
  draft.sections = {
      {"xdp",
       {load_low(1), load_high(), call_function(0), exit(), mov(0, 1), exit()},
       {{"main", Slot{0}, true}, {"second", Slot{4}, true}},
       {{Slot{0}, "counts"}, {Slot{2}, "helper"}}},
      {".text",
       join(std::vector{load_low(2), load_high()}, returns(3)),
       {{"helper", Slot{0}, false}},
       {{Slot{0}, "events"}}},
  };
  return draft;
}

TEST(WriteObject, ReadsBack) {
  const auto bytes = write_object(example());
  ASSERT_TRUE(bytes) << bytes.error().what;
  const Object object = open(*bytes);
  EXPECT_TRUE(object.notes.empty());
  ASSERT_EQ(object.maps.size(), 2U);
  EXPECT_EQ(object.maps[0].name, "counts");
  EXPECT_EQ(object.maps[0].type, 1U);
  EXPECT_EQ(object.maps[0].key_size, 4U);
  EXPECT_EQ(object.maps[0].value_size, 8U);
  EXPECT_EQ(object.maps[0].max_entries, 1024U);
  EXPECT_EQ(object.maps[1].key_size, 0U);
  EXPECT_EQ(names_of(object.programs), "main second");
  EXPECT_EQ(layout_of(object.programs[0]), "main@0 helper@4");
  ASSERT_EQ(object.programs[0].relocations.size(), 2U);
  EXPECT_EQ(object.programs[0].relocations[1].symbol, "events");
  EXPECT_EQ(object.programs[0].relocations[1].slot, Slot{4});
  EXPECT_EQ(object.programs[0].code[2].imm, 1);
  EXPECT_EQ(object.license, "GPL");
}

TEST(WriteObject, LibbpfOpensIt) {
  if (std::system("bpftool version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no bpftool to ask";
  const std::string path = testing::TempDir() + "skep_written.bpf.o";
  const auto bytes = write_object(example());
  ASSERT_TRUE(bytes);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
  EXPECT_EQ(std::system(("bpftool gen skeleton " + path + " | grep -q counts").c_str()), 0);
  EXPECT_EQ(std::system(("bpftool btf dump file " + path + " | grep -q \"DATASEC '.maps'\"").c_str()), 0);
  std::remove(path.c_str());
}

TEST(WriteObject, MistakesAreErrors) {
  const auto error_of = [](const ObjectDraft& draft) {
    const auto bytes = write_object(draft);
    return bytes ? std::string() : bytes.error().what + " / " + bytes.error().help;
  };
  ObjectDraft draft = example();
  draft.sections[0].references[0].symbol = "count";
  EXPECT_NE(error_of(draft).find("there is no map or function count / did you mean counts?"), std::string::npos);
  draft = example();
  draft.maps[1].name = "main";
  EXPECT_NE(error_of(draft).find("two symbols are called main"), std::string::npos);
  draft = example();
  draft.sections[0].functions[1].start = Slot{6};
  EXPECT_NE(error_of(draft).find("slot 6"), std::string::npos);
  draft = example();
  draft.sections[0].functions[1].start = Slot{0};
  EXPECT_NE(error_of(draft).find("begins where another does"), std::string::npos);
  draft = example();
  draft.sections[0].references[0].slot = Slot{3};
  EXPECT_NE(error_of(draft).find("slot 3 cannot refer to"), std::string::npos);
  draft = example();
  draft.sections[0].references[0].slot = Slot{60};
  EXPECT_NE(error_of(draft).find("slot 60"), std::string::npos);
  draft = example();
  draft.sections[1].name = "xdp";
  EXPECT_NE(error_of(draft).find("two sections"), std::string::npos);
}

TEST(FromCode, BareInstructionsAreOneProgram) {
  const Object object = object_from_code(returns(1), {.name = "p", .type = ProgramType::xdp});
  ASSERT_EQ(object.programs.size(), 1U);
  EXPECT_TRUE(object.programs[0].type_known);
  EXPECT_EQ(layout_of(object.programs[0]), "p@0");
  EXPECT_EQ(object.license, "GPL");
  EXPECT_FALSE(object_from_code(returns(1), {}).programs[0].type_known);
}

}  // namespace
}  // namespace skep::test
