// .BTF sections that are wrong: cut off anywhere, counts and offsets that lead outside, chains that never end. Each is
// an Error or a graph that can be printed; layouts are those of Documentation/bpf/btf.rst, written by hand.
#include <gtest/gtest.h>

#include <initializer_list>
#include <random>

#include "skep/btf/btf.hpp"

namespace skep {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t info(std::uint32_t kind, std::uint32_t count = 0) { return kind << 24 | count; }

struct Header {
  std::uint16_t magic = 0xeb9f;
  std::uint8_t version = 1;
  std::uint8_t flags = 0;
  std::uint32_t length = 24;
  std::uint32_t type_offset = 0;
  std::uint32_t type_length = 0;
  std::uint32_t string_offset = 0;
  std::uint32_t string_length = 0;
};

ByteVector section(const Header& header, const Words& types, std::string_view strings) {
  ByteVector out;
  append(out, header.magic);
  append(out, header.version);
  append(out, header.flags);
  for (const std::uint32_t word :
       {header.length, header.type_offset, header.type_length, header.string_offset, header.string_length})
    append(out, word);
  for (const std::uint32_t word : types) append(out, word);
  append_bytes(out, as_bytes(strings));
  return out;
}

constexpr std::string_view names("\0int\0x\0", 7);

Header header_for(const Words& types, std::string_view strings = names) {
  Header header;
  header.type_length = header.string_offset = static_cast<std::uint32_t>(types.size() * 4);
  header.string_length = static_cast<std::uint32_t>(strings.size());
  return header;
}

ByteVector section(const Words& types) { return section(header_for(types), types, names); }

const Words int_type{1, info(1), 4, 1U << 24 | 32};

std::string error_of(const ByteVector& bytes) {
  const auto btf = Btf::parse(bytes);
  return btf ? "" : btf.error().what;
}

/// Everything that can be asked of any graph; only that it ends counts.
void ask_everything(const Btf& btf) {
  const ByteVector memory(256, 0xa5);
  JsonWriter json;
  json.begin_array();
  for (std::uint32_t id = 0; id < btf.type_count(); ++id) {
    EXPECT_TRUE(btf.contains(btf.resolve(id)));
    EXPECT_GE(btf.align_of(id), 1U);
    EXPECT_FALSE(raw_text(btf, id).empty());
    EXPECT_FALSE(c_type(btf, id, "x").empty());
    static_cast<void>(c_prototype(btf, id));
    static_cast<void>(c_definition(btf, id));
    write_json(json, btf, id);
    write_value(json, btf, id, memory);
    static_cast<void>(parse_value(btf, id, value_text(btf, id, memory)));
  }
  json.end_array();
  static_cast<void>(fix_datasecs(btf, {{"x", 64, {{"int", 8}}}}));
}

TEST(HostileBtf, TheSmallestSectionParses) {
  const auto btf = Btf::parse(section(int_type));
  ASSERT_TRUE(btf.has_value()) << btf.error().what;
  ASSERT_EQ(btf->type_count(), 2U);
  EXPECT_EQ(btf->type(1).name, "int");
  EXPECT_EQ(btf->type(1).bits, 32);
  EXPECT_EQ(btf->size_of(1), 4U);
  EXPECT_EQ(btf->size_of(0), std::nullopt);
  EXPECT_EQ(btf->find(BtfKind::integer, "int"), 1U);
  EXPECT_EQ(btf->find(BtfKind::integer, "long"), std::nullopt);
}

TEST(HostileBtf, Headers) {
  const auto refused = [](auto&& change) {
    Header header = header_for(int_type);
    change(header);
    return error_of(section(header, int_type, names));
  };
  EXPECT_EQ(refused([](Header&) {}), "");
  EXPECT_NE(refused([](Header& h) { h.magic = 0x9feb; }), "");
  EXPECT_NE(refused([](Header& h) { h.version = 2; }), "");
  EXPECT_NE(refused([](Header& h) { h.length = 23; }), "");
  EXPECT_NE(refused([](Header& h) { h.length = UINT32_MAX; }), "");
  EXPECT_NE(refused([](Header& h) { h.type_offset = UINT32_MAX; }), "");
  EXPECT_NE(refused([](Header& h) { h.type_length = UINT32_MAX; }), "");
  EXPECT_NE(refused([](Header& h) { h.string_offset = UINT32_MAX; }), "");
  EXPECT_NE(refused([](Header& h) { h.string_length = UINT32_MAX; }), "");
  EXPECT_NE(refused([](Header& h) { h.string_length = 0; }), "");
  EXPECT_NE(refused([](Header& h) { --h.string_length; }), "") << "no zero at the end";
  EXPECT_NE(refused([](Header& h) { ++h.string_offset; }), "") << "no zero at the start";
  EXPECT_NE(refused([](Header& h) { h.type_length += 4; }), "") << "types and strings overlap";
}

TEST(HostileBtf, CutOffAnywhere) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto array = builder.add_array(integer, integer, 3);
  const auto pair = builder.add_struct("pair", 16, {{"a", integer, 0, 0}, {"b", array, 32, 0}});
  const auto variable = builder.add_variable("v", pair, 1);
  builder.add_datasec(".data", 16, {{variable, 0, 16}});
  builder.add_enum("e", {{"A", -1}, {"B", 2}});
  builder.add_function("f", builder.add_function_proto(integer, {{"p", builder.add_pointer(pair)}}), 1);
  const ByteVector whole = builder.write();
  ASSERT_TRUE(Btf::parse(whole).has_value());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(error_of(ByteVector(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))), "") << length;
  // The types alone, cut off: the header says so, and the last record is not whole or lacks what it refers to.
  for (std::uint32_t cut = 1; cut < 12; ++cut) {
    ByteVector shorter = whole;
    store_unaligned(shorter.data() + 12, load_unaligned<std::uint32_t>(whole.data() + 12) - cut);
    EXPECT_NE(error_of(shorter), "") << cut;
  }
}

TEST(HostileBtf, RecordsThatLeadOutside) {
  const auto with = [](std::initializer_list<std::uint32_t> words) {
    Words types = int_type;
    types.insert(types.end(), words);
    return error_of(section(types));
  };
  EXPECT_EQ(with({0, info(2), 1}), "");
  EXPECT_NE(with({0, info(2), 3}).find("type 2 refers to type 3"), std::string::npos);
  EXPECT_NE(with({0, info(2), UINT32_MAX}), "");
  EXPECT_NE(with({7, info(2), 1}), "") << "a name behind the strings";
  EXPECT_NE(with({UINT32_MAX, info(2), 1}), "");
  EXPECT_NE(with({0, info(0), 1}), "") << "kind 0 is void, which has no record";
  EXPECT_NE(with({0, info(20), 1}), "");
  EXPECT_NE(with({0, info(31), 1}), "");
  EXPECT_NE(with({0, info(4, 1), 4}), "") << "one member announced, none there";
  EXPECT_NE(with({0, info(4, 0xffff), 4, 5, 1, 0}), "");
  EXPECT_NE(with({0, info(4, 1), 4, 99, 1, 0}), "") << "the member's name";
  EXPECT_NE(with({0, info(4, 1), 4, 5, 9, 0}), "") << "the member's type";
  EXPECT_NE(with({0, info(6, 2), 4, 5, 1}), "") << "enumerators";
  EXPECT_NE(with({0, info(6, 1), 0, 1, 0}), "") << "enums have 1, 2, 4 or 8 bytes";
  EXPECT_EQ(with({0, info(6, 0), 0}), "") << "or, only declared, none";
  EXPECT_NE(with({0, info(19, 0), 3}), "");
  EXPECT_NE(with({0, info(19, 0), UINT32_MAX}), "");
  EXPECT_NE(with({0, info(13, 1), 1, 5}), "") << "parameters";
  EXPECT_NE(with({0, info(13, 1), 1, 5, 9}), "");
  EXPECT_NE(with({5, info(15, 1), 4, 1, 0}), "") << "variables";
  EXPECT_NE(with({5, info(15, 1), 4, 9, 0, 4}), "");
  EXPECT_NE(with({0, info(3), 0, 9, 1, 1}), "") << "an array's element";
  EXPECT_NE(with({0, info(3), 0, 1, 9, 1}), "") << "an array's index";
  EXPECT_NE(with({1, info(1), 0, 32}), "") << "integers have 1 to 16 bytes";
  EXPECT_NE(with({1, info(1), 17, 32}), "");
  EXPECT_NE(with({1, info(1), 4, 33}), "") << "more bits than bytes hold";
}

TEST(HostileBtf, GraphsThatNeverEnd) {
  const std::vector<Words> graphs{
      {5, info(8), 1},                                               // typedef of itself
      {5, info(8), 2, 0, info(10), 1},                               // typedef of const of it
      {0, info(2), 1},                                               // pointer to itself
      {0, info(3), 0, 1, 1, 4},                                      // array of itself
      {5, info(4, 1), 4, 5, 1, 0},                                   // struct that holds itself
      {5, info(4, 2), 4, 5, 2, 0, 5, 2, 0, 0, info(3), 0, 1, 1, 9},  // struct of arrays of it
      {0, info(13, 2), 1, 5, 1, 5, 1},                               // function that takes and returns itself
      {5, info(14), 1, 0},                                           // variable of itself
      {5, info(17), 1, 0},                                           // tag of itself
      {5, info(15, 1), 4, 1, 0, 4},                                  // section of itself
      {5, info(12), 1},                                              // function of itself
  };
  for (const Words& graph : graphs) {
    const auto btf = Btf::parse(section(graph));
    if (btf) ask_everything(*btf);
  }
  const auto loop = Btf::parse(section(graphs[1]));
  ASSERT_TRUE(loop.has_value());
  EXPECT_EQ(loop->resolve(1), 0U);
  EXPECT_EQ(loop->size_of(1), std::nullopt);
}

TEST(HostileBtf, ArraysOfArraysMultiplyWithoutOverflow) {
  Words types = int_type;
  for (std::uint32_t id = 1; id <= 20; ++id) types.insert(types.end(), {0, info(3), 0, id, 1, 0x10000});
  const auto btf = Btf::parse(section(types));
  ASSERT_TRUE(btf.has_value());
  EXPECT_EQ(btf->size_of(2), 0x40000U);
  for (std::uint32_t id = 3; id < btf->type_count(); ++id) EXPECT_EQ(btf->size_of(id), std::nullopt) << id;
  ask_everything(*btf);
}

TEST(HostileBtf, AnyByteChanged) {
  BtfBuilder builder;
  const auto integer = builder.add_integer("int", 4, 1);
  const auto text = builder.add_array(builder.add_integer("char", 1, 1), integer, 8);
  const auto pair = builder.add_struct("pair", 16, {{"a", integer, 0, 3}, {"b", text, 64, 0}});
  builder.add_datasec(".data", 16, {{builder.add_variable("v", builder.add_typedef("t", pair), 1), 0, 16}});
  builder.add_enum("e", {{"A", -1}, {"B", 2}});
  builder.add_function("f", builder.add_function_proto(integer, {{"p", builder.add_pointer(pair)}}), 1);
  const ByteVector whole = builder.write();
  std::mt19937 random(7);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int round = 0; round < 4; ++round) {
      ByteVector changed = whole;
      changed[at] = static_cast<std::uint8_t>(random());
      const auto btf = Btf::parse(changed);
      if (btf) ask_everything(*btf);
    }
  }
}

TEST(HostileBtf, BigEndian) {
  ByteVector bytes;
  for (const std::uint32_t byte :
       {0xebU, 0x9fU, 1U, 0U, 0U, 0U, 0U, 24U, 0U, 0U, 0U, 0U, 0U, 0U, 0U, 16U, 0U,  0U, 0U,    16U,   0U,    0U, 0U,
        5U,    0U,    0U, 0U, 1U, 1U, 0U, 0U,  0U, 0U, 0U, 0U, 2U, 1U, 0U, 0U,  16U, 0U, 0x61U, 0x62U, 0x63U, 0U})
    bytes.push_back(static_cast<std::uint8_t>(byte));
  EXPECT_FALSE(Btf::parse(bytes).has_value());
  const auto btf = Btf::parse(bytes, ByteOrder::big);
  ASSERT_TRUE(btf.has_value()) << btf.error().what;
  EXPECT_EQ(raw_text(*btf, 1), "[1] INT 'abc' size=2 bits_offset=0 nr_bits=16 encoding=SIGNED");
}

}  // namespace
}  // namespace skep
