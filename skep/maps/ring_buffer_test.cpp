// The ring buffer from both ends: what a program writes, what memory then holds, what a reader gets out. Figures of the
// layout: Documentation/bpf/ringbuf.rst.
#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "skep/maps/maps.hpp"

namespace skep {
namespace {

constexpr std::uint32_t ring_bytes = 4096;

class Ring : public testing::Test {
 protected:
  void SetUp() override {
    int error = 0;
    map_ = create_map({.type = MapType::ringbuf, .max_entries = ring_bytes}, {1}, error);
    ASSERT_EQ(error, 0);
    memory_ = map_->map_memory(0, 2 * page_bytes + 2 * ring_bytes, false, error);
    ASSERT_EQ(error, 0);
  }
  RingBufferMap& ring() { return static_cast<RingBufferMap&>(*map_); }
  std::vector<std::string> consume() {
    std::vector<std::string> records;
    last_result_ = consume_ring_buffer(memory_.first(page_bytes), memory_.subspan(page_bytes), ring_bytes,
                                       [&](ByteView record) { records.emplace_back(as_text(record)); });
    return records;
  }
  std::uint8_t* reserve(std::string_view text) {
    std::uint8_t* record = ring().reserve(text.size());
    if (record != nullptr) std::copy(text.begin(), text.end(), record);
    return record;
  }
  [[nodiscard]] std::uint32_t word(std::size_t offset) const {
    return load_unaligned<std::uint32_t>(memory_.data() + offset);
  }

  std::unique_ptr<KernelMap> map_;
  MutableBytes memory_;
  long last_result_ = 0;
};

constexpr std::size_t data_at = 2 * page_bytes;

TEST_F(Ring, RecordsHaveAHeaderAndStartAtMultiplesOf8) {
  std::uint8_t* const first = reserve("abc");
  EXPECT_EQ(first, memory_.data() + data_at + 8);
  EXPECT_EQ(word(data_at), 3U | 1U << 31) << "busy";
  EXPECT_EQ(ring().record_size(first), 3U);
  EXPECT_EQ(word(page_bytes), 16U) << "producer position";
  ring().submit(first, 0);
  EXPECT_EQ(word(data_at), 3U);
  std::uint8_t* const second = reserve("defghijk");
  EXPECT_EQ(second, first + 16);
  ring().discard(second, 0);
  EXPECT_EQ(word(data_at + 16), 8U | 1U << 30);
  EXPECT_EQ(consume(), std::vector<std::string>{"abc"});
  EXPECT_EQ(last_result_, 1);
  EXPECT_EQ(word(0), 32U) << "consumer position, past the discarded record too";
}

TEST_F(Ring, BusyRecordsHoldUpTheReader) {
  std::uint8_t* const first = reserve("one");
  std::uint8_t* const second = reserve("two");
  ring().submit(second, 0);
  EXPECT_TRUE(consume().empty());
  ring().submit(first, 0);
  EXPECT_EQ(consume(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(Ring, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ring().reserve(ring_bytes), nullptr) << "the header needs room too";
  EXPECT_EQ(ring().reserve(UINT64_MAX), nullptr);
  EXPECT_EQ(ring().reserve(UINT64_MAX - 8), nullptr);
  EXPECT_EQ(ring().reserve(UINT32_MAX), nullptr);
  EXPECT_EQ(ring().reserve(ring_bytes - 8), nullptr) << "positions would be a whole ring apart: empty and full alike";
  EXPECT_NE(ring().reserve(ring_bytes - 16), nullptr);
  EXPECT_EQ(ring().reserve(0), nullptr);
}

TEST_F(Ring, OutputAnswersAsTheHelperDoes) {
  EXPECT_EQ(ring().output(as_bytes("text"), 4), -EINVAL);
  EXPECT_EQ(ring().output(ByteVector(3000), 0), 0);
  EXPECT_EQ(ring().output(ByteVector(3000), 0), -EAGAIN);
  EXPECT_EQ(ring().output({}, 0), 0) << "an empty record is a record";
  EXPECT_EQ(consume().size(), 2U);
}

TEST_F(Ring, QueriesTellPositions) {
  EXPECT_EQ(ring().query(1), ring_bytes);
  ASSERT_EQ(ring().output(as_bytes("12345678"), 0), 0);
  EXPECT_EQ(ring().query(0), 16U);
  EXPECT_EQ(ring().query(2), 0U);
  EXPECT_EQ(ring().query(3), 16U);
  consume();
  EXPECT_EQ(ring().query(0), 0U);
  EXPECT_EQ(ring().query(2), 16U);
  EXPECT_EQ(ring().query(99), 0U);
}

TEST_F(Ring, WakesAReaderThatHasReadEverything) {
  ASSERT_EQ(ring().output(as_bytes("a"), 0), 0);
  EXPECT_TRUE(ring().take_wakeup());
  EXPECT_FALSE(ring().take_wakeup());
  ASSERT_EQ(ring().output(as_bytes("b"), 0), 0);
  EXPECT_FALSE(ring().take_wakeup()) << "it has not come to this record yet, and will find it";
  ASSERT_EQ(ring().output(as_bytes("c"), 2), 0);
  EXPECT_TRUE(ring().take_wakeup()) << "BPF_RB_FORCE_WAKEUP";
  consume();
  ASSERT_EQ(ring().output(as_bytes("d"), 1), 0);
  EXPECT_FALSE(ring().take_wakeup()) << "BPF_RB_NO_WAKEUP";
}

TEST_F(Ring, RecordsWrapAroundInOnePiece) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const std::string text(random() % 700, static_cast<char>('a' + round % 26));
    ASSERT_EQ(ring().output(as_bytes(text), 0), 0);
    EXPECT_EQ(consume(), std::vector<std::string>{text});
  }
  EXPECT_GT(ring().query(3), 100U * ring_bytes);
}

TEST_F(Ring, ReaderRefusesCorruptMappings) {
  ASSERT_EQ(ring().output(as_bytes("text"), 0), 0);
  store_unaligned(memory_.data() + data_at, std::uint32_t{5000});  // longer than what was produced
  EXPECT_TRUE(consume().empty());
  EXPECT_EQ(last_result_, -EINVAL);
  store_unaligned(memory_.data() + data_at, std::uint32_t{4});
  store_unaligned(memory_.data(), std::uint64_t{3});  // not a record's start
  consume();
  EXPECT_EQ(last_result_, -EINVAL);
  store_unaligned(memory_.data(), std::uint64_t{0});
  store_unaligned(memory_.data() + page_bytes, std::uint64_t{1} << 40);  // further than a ring ahead
  consume();
  EXPECT_EQ(last_result_, -EINVAL);
  EXPECT_EQ(consume_ring_buffer(memory_.first(page_bytes), memory_.subspan(page_bytes, page_bytes), ring_bytes, {}),
            -EINVAL);
}

TEST_F(Ring, AReaderThatLiesGetsNoRecordOverwritten) {
  std::uint8_t* const record = reserve("precious");
  for (const std::uint64_t position : {std::uint64_t{1} << 20, UINT64_MAX, std::uint64_t{4096}}) {
    store_unaligned(memory_.data(), position);
    for (int i = 0; i < 100; ++i) (void)ring().output(ByteVector(400), 0);
    EXPECT_EQ(as_text({record, 8}), "precious");
  }
}

}  // namespace
}  // namespace skep
