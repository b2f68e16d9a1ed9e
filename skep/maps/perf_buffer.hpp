// A perf event of type PERF_COUNT_SW_BPF_OUTPUT: the metadata page and ring that bpf_perf_event_output writes PERF_RECORD_SAMPLE and
// PERF_RECORD_LOST into (perf_event_open(2)).
#pragma once

#include <memory>

#include "skep/maps/slots.hpp"

namespace skep {

class PerfBuffer : public SlotObject {
 public:
  explicit PerfBuffer(std::uint32_t id, std::uint32_t cpu) : id_(id), cpu_(cpu) {}
  [[nodiscard]] std::uint32_t slot_id() const override { return id_; }
  [[nodiscard]] std::uint32_t cpu() const { return cpu_; }
  /// mmap of 1 + 2^n pages; -EINVAL for other sizes, -EBUSY for a second mapping of another size.
  [[nodiscard]] MutableBytes map_memory(std::uint64_t length, int& error);
  /// One PERF_RECORD_SAMPLE with `data` as raw sample; -ENOSPC if it does not fit (counted as lost).
  [[nodiscard]] int output(ByteView data);

 private:
  std::uint32_t id_;
  std::uint32_t cpu_;
  std::uint64_t lost_ = 0;
  ByteVector memory_;
};

}  // namespace skep
