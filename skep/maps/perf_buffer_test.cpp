// Perf event output: the records as perf_event_open(2) lays them out, around the end of the ring, and what is lost.
#include <gtest/gtest.h>

#include <cerrno>
#include <numeric>

#include "skep/maps/maps.hpp"

namespace skep {
namespace {

class Buffer : public testing::Test {
 protected:
  void SetUp() override {
    int error = 0;
    memory_ = buffer_.map_memory(2 * page_bytes, error);
    ASSERT_EQ(error, 0);
  }
  void consume() {
    samples_.clear();
    lost_.clear();
    result_ = consume_perf_buffer(
        memory_, [&](ByteView sample) { samples_.emplace_back(sample.begin(), sample.end()); },
        [&](std::uint64_t lost) { lost_.push_back(lost); });
  }
  template <typename T>
  [[nodiscard]] T field(std::size_t offset) const {
    return load_unaligned<T>(memory_.data() + offset);
  }

  PerfBuffer buffer_{42, 1};
  MutableBytes memory_;
  std::vector<ByteVector> samples_;
  std::vector<std::uint64_t> lost_;
  long result_ = 0;
};

TEST_F(Buffer, MetadataPageSaysWhereTheDataIs) {
  EXPECT_EQ(field<std::uint64_t>(1040), page_bytes);
  EXPECT_EQ(field<std::uint64_t>(1048), page_bytes);
  EXPECT_EQ(buffer_.cpu(), 1U);
  EXPECT_EQ(buffer_.slot_id(), 42U);
}

TEST_F(Buffer, TakesOnePageAndAPowerOfTwo) {
  PerfBuffer fresh(1, 0);
  for (const std::uint64_t length : {std::uint64_t{0}, page_bytes, 4 * page_bytes, 2 * page_bytes + 1, UINT64_MAX}) {
    int error = 0;
    EXPECT_TRUE(fresh.map_memory(length, error).empty());
    EXPECT_EQ(error, -EINVAL) << length;
  }
  int error = 0;
  EXPECT_EQ(fresh.map_memory(5 * page_bytes, error).size(), 5 * page_bytes);
  EXPECT_EQ(error, 0);
  EXPECT_TRUE(fresh.map_memory(3 * page_bytes, error).empty());
  EXPECT_EQ(error, -EINVAL);
  EXPECT_EQ(fresh.map_memory(5 * page_bytes, error).size(), 5 * page_bytes) << "the same again";
}

TEST_F(Buffer, ASampleIsAHeaderASizeAndPaddedBytes) {
  ASSERT_EQ(buffer_.output(as_bytes("hello")), 0);
  EXPECT_EQ(field<std::uint32_t>(page_bytes), 9U) << "PERF_RECORD_SAMPLE";
  EXPECT_EQ(field<std::uint16_t>(page_bytes + 6), 24U) << "8 of header, 4 of size, 5 of text, 7 of padding";
  EXPECT_EQ(field<std::uint32_t>(page_bytes + 8), 12U);
  EXPECT_EQ(field<std::uint64_t>(1024), 24U) << "data_head";
  consume();
  EXPECT_EQ(result_, 1);
  EXPECT_EQ(as_text(samples_.at(0)), std::string_view("hello\0\0\0\0\0\0\0", 12));
  EXPECT_EQ(field<std::uint64_t>(1032), 24U) << "data_tail";
}

TEST_F(Buffer, RecordsWrapAround) {
  for (std::size_t size = 0; size < 3000; size += 7) {
    ByteVector data(size);
    std::iota(data.begin(), data.end(), static_cast<std::uint8_t>(size));
    ASSERT_EQ(buffer_.output(data), 0) << size;
    consume();
    ASSERT_EQ(samples_.size(), 1U);
    samples_[0].resize(size);
    EXPECT_EQ(samples_[0], data);
  }
}

TEST_F(Buffer, WhatDoesNotFitIsCountedAndReported) {
  const ByteVector data(1000);  // records of 1016 bytes: four fit
  int written = 0;
  while (buffer_.output(data) == 0) ++written;
  EXPECT_EQ(written, 4);
  EXPECT_EQ(buffer_.output(data), -ENOSPC);
  consume();
  EXPECT_EQ(samples_.size(), 4U);
  EXPECT_TRUE(lost_.empty()) << "the record about it comes with the next one that fits";
  ASSERT_EQ(buffer_.output(data), 0);
  consume();
  EXPECT_EQ(lost_, std::vector<std::uint64_t>{2});
  EXPECT_EQ(samples_.size(), 1U);
}

TEST_F(Buffer, RefusesWhatNoRecordCanHold) {
  EXPECT_EQ(buffer_.output(ByteVector(70000)), -E2BIG);
  PerfBuffer unmapped(1, 0);
  EXPECT_EQ(unmapped.output(as_bytes("x")), -ENOSPC);
}

TEST_F(Buffer, ReaderRefusesCorruptMappings) {
  ASSERT_EQ(buffer_.output(as_bytes("hello")), 0);
  store_unaligned(memory_.data() + page_bytes + 6, std::uint16_t{4});
  consume();
  EXPECT_EQ(result_, -EINVAL) << "a record shorter than its header";
  store_unaligned(memory_.data() + page_bytes + 6, std::uint16_t{24});
  store_unaligned(memory_.data() + page_bytes + 8, std::uint32_t{100});
  consume();
  EXPECT_EQ(result_, -EINVAL) << "a sample larger than its record";
  store_unaligned(memory_.data() + 1024, std::uint64_t{1} << 30);
  consume();
  EXPECT_EQ(result_, -EINVAL) << "more data than the ring holds";
}

}  // namespace
}  // namespace skep
