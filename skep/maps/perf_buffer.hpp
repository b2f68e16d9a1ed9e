// A perf event of type PERF_COUNT_SW_BPF_OUTPUT: the metadata page and ring that bpf_perf_event_output writes
// PERF_RECORD_SAMPLE and PERF_RECORD_LOST into, and the reader of such rings (perf_event_open(2)).
#pragma once

#include <functional>
#include <memory>

#include "skep/maps/slots.hpp"

namespace skep {

class PerfBuffer : public SlotObject {
 public:
  explicit PerfBuffer(std::uint32_t id, std::uint32_t cpu) : id_(id), cpu_(cpu) {}
  [[nodiscard]] std::uint32_t slot_id() const override { return id_; }
  [[nodiscard]] std::uint32_t cpu() const { return cpu_; }
  /// mmap of 1 + 2^n pages; -EINVAL for other sizes and for a second mapping of another size.
  [[nodiscard]] MutableBytes map_memory(std::uint64_t length, int& error);
  /// One PERF_RECORD_SAMPLE with `data` as raw sample; -ENOSPC if it does not fit (counted as lost) or nobody has
  /// mapped the buffer, -E2BIG if it is longer than a record can be.
  [[nodiscard]] int output(ByteView data);

 private:
  std::uint32_t id_;
  std::uint32_t cpu_;
  std::uint64_t head_ = 0;
  std::uint64_t lost_ = 0;
  MappedMemory memory_;
};

/// Reads all records from a perf event's mapping of 1 + 2^n pages and moves data_tail on. `on_sample` gets the raw
/// sample (with up to 7 bytes of padding behind what the program gave: the record's size is a multiple of 8), `on_lost`
/// how many did not fit. Returns the number of samples; -EINVAL if the mapping is corrupt. The same code reads Linux's.
long consume_perf_buffer(MutableBytes mapping, const std::function<void(ByteView sample)>& on_sample,
                         const std::function<void(std::uint64_t lost)>& on_lost);

}  // namespace skep
