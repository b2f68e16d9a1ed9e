// The BPF ring buffer (Documentation/bpf/ringbuf.rst): consumer page, producer page, and the data area mapped twice in
// a row, as libbpf expects to mmap them.
#pragma once

#include "skep/maps/kernel_map.hpp"

namespace skep {

class RingBufferMap : public KernelMap {
 public:
  using KernelMap::KernelMap;
  /// A record of `size` bytes that the program fills, or nullptr if there is no room (or size is too large).
  [[nodiscard]] virtual std::uint8_t* reserve(std::uint64_t size) = 0;
  /// The size that was reserved for the record at this address.
  [[nodiscard]] virtual std::uint32_t record_size(const std::uint8_t* record) const = 0;
  virtual void submit(std::uint8_t* record, std::uint64_t flags) = 0;
  virtual void discard(std::uint8_t* record, std::uint64_t flags) = 0;
  /// bpf_ringbuf_output: -EINVAL, -EAGAIN, 0.
  [[nodiscard]] virtual int output(ByteView data, std::uint64_t flags) = 0;
  /// bpf_ringbuf_query: BPF_RB_AVAIL_DATA 0, RING_SIZE 1, CONS_POS 2, PROD_POS 3.
  [[nodiscard]] virtual std::uint64_t query(std::uint64_t what) const = 0;
  /// True if a consumer should be woken: set by submit/output as the kernel decides, cleared by reading it.
  [[nodiscard]] virtual bool take_wakeup() = 0;
};

/// Reads all committed records from a ring buffer's mapping (consumer page, producer page, data) and advances the
/// consumer position. Returns how many; -errno if the mapping is corrupt. The same code reads Linux's ring buffers.
long consume_ring_buffer(MutableBytes consumer_page, ByteView producer_and_data, std::uint64_t ring_size,
                         const std::function<void(ByteView record)>& on_record);

}  // namespace skep
