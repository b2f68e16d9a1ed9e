// The ring of a perf event (struct perf_event_mmap_page and "MMAP layout" in perf_event_open(2)): a metadata page, then
// 2^n pages of data. data_head grows as we write, data_tail as the reader reads; records wrap around at the end.
#include "skep/maps/perf_buffer.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

namespace skep {
namespace {

// Offsets in struct perf_event_mmap_page.
constexpr std::size_t head_at = 1024, tail_at = 1032, data_offset_at = 1040, data_size_at = 1048;
constexpr std::uint32_t record_lost = 2, record_sample = 9;

/// struct perf_event_header.
struct RecordHeader {
  std::uint32_t type;
  std::uint16_t misc;
  std::uint16_t size;
};
struct LostRecord {
  RecordHeader header;
  std::uint64_t id;
  std::uint64_t lost;
};
struct SampleStart {
  RecordHeader header;
  std::uint32_t raw_size;
};
constexpr std::size_t sample_start_bytes = 12;
static_assert(sizeof(LostRecord) == 24 && sizeof(SampleStart) == sample_start_bytes);

std::uint64_t load_acquire(const std::uint8_t* from) {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(from), __ATOMIC_ACQUIRE);
}
void store_release(std::uint8_t* to, std::uint64_t value) {
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(to), value, __ATOMIC_RELEASE);
}

/// Copies to `position` of a ring, around its end; returns the position behind.
std::uint64_t put(MutableBytes ring, std::uint64_t position, ByteView from) {
  const std::uint64_t at = position & (ring.size() - 1);
  const std::size_t before_end = std::min<std::size_t>(from.size(), ring.size() - at);
  std::copy_n(from.begin(), before_end, ring.begin() + static_cast<std::ptrdiff_t>(at));
  std::copy(from.begin() + static_cast<std::ptrdiff_t>(before_end), from.end(), ring.begin());
  return position + from.size();
}

void get(ByteView ring, std::uint64_t position, MutableBytes to) {
  const std::uint64_t at = position & (ring.size() - 1);
  const std::size_t before_end = std::min<std::size_t>(to.size(), ring.size() - at);
  std::copy_n(ring.begin() + static_cast<std::ptrdiff_t>(at), before_end, to.begin());
  std::copy_n(ring.begin(), to.size() - before_end, to.begin() + static_cast<std::ptrdiff_t>(before_end));
}

}  // namespace

MutableBytes PerfBuffer::map_memory(std::uint64_t length, int& error) {
  const std::uint64_t pages = length / page_bytes;
  error = -EINVAL;
  if (length % page_bytes != 0 || pages < 2 || !std::has_single_bit(pages - 1)) return {};
  if (memory_.data() != nullptr && memory_.size() != length) return {};
  error = 0;
  if (memory_.data() != nullptr) return memory_.bytes();
  auto memory = MappedMemory::allocate(length);
  if (!memory) {
    error = -ENOMEM;
    return {};
  }
  memory_ = std::move(*memory);
  store_unaligned(memory_.data() + data_offset_at, page_bytes);
  store_unaligned(memory_.data() + data_size_at, length - page_bytes);
  return memory_.bytes();
}

int PerfBuffer::output(ByteView data) {
  // The raw sample is its u32 size and its bytes, together padded to 8.
  const std::uint64_t sample_bytes =
      sizeof(RecordHeader) + round_up<std::uint64_t>(sizeof(std::uint32_t) + data.size(), 8);
  if (sample_bytes > UINT16_MAX) return -E2BIG;
  if (memory_.data() == nullptr) return -ENOSPC;
  const MutableBytes ring = memory_.bytes().subspan(page_bytes);
  // A tail that makes no sense (the reader's memory) leaves less room, never more.
  const std::uint64_t used = head_ - load_acquire(memory_.data() + tail_at);
  const std::uint64_t needed = sample_bytes + (lost_ == 0 ? 0 : sizeof(LostRecord));
  // One byte stays free: CIRC_SPACE().
  if (used >= ring.size() || needed > ring.size() - 1 - used) {
    ++lost_;
    return -ENOSPC;
  }
  std::uint64_t position = head_;
  if (lost_ != 0) {
    const LostRecord lost{{record_lost, 0, sizeof(LostRecord)}, id_, std::exchange(lost_, 0)};
    position = put(ring, position, bytes_of(lost));
  }
  const auto raw_size = static_cast<std::uint32_t>(sample_bytes - sample_start_bytes);
  const SampleStart start{{record_sample, 0, static_cast<std::uint16_t>(sample_bytes)}, raw_size};
  position = put(ring, position, bytes_of(start));
  position = put(ring, position, data);
  constexpr std::array<std::uint8_t, 8> zeros{};
  head_ = put(ring, position, ByteView(zeros).first(raw_size - data.size()));
  store_release(memory_.data() + head_at, head_);
  return 0;
}

long consume_perf_buffer(MutableBytes mapping, const std::function<void(ByteView)>& on_sample,
                         const std::function<void(std::uint64_t)>& on_lost) {
  if (mapping.size() < 2 * page_bytes || !std::has_single_bit(mapping.size() - page_bytes)) return -EINVAL;
  const ByteView ring = mapping.subspan(page_bytes);
  std::uint64_t tail = load_acquire(mapping.data() + tail_at);
  const std::uint64_t head = load_acquire(mapping.data() + head_at);
  if (head - tail > ring.size()) return -EINVAL;
  long samples = 0;
  ByteVector record;
  while (tail != head) {
    RecordHeader header{};
    get(ring, tail, {reinterpret_cast<std::uint8_t*>(&header), sizeof header});
    if (header.size < sizeof header || header.size > head - tail) return -EINVAL;
    record.resize(header.size);
    get(ring, tail, record);
    if (header.type == record_sample && record.size() >= sample_start_bytes) {
      const auto size = load_unaligned<SampleStart>(record.data()).raw_size;
      if (size > record.size() - sample_start_bytes) return -EINVAL;
      on_sample(ByteView(record).subspan(sample_start_bytes, size));
      ++samples;
    } else if (header.type == record_lost && record.size() >= sizeof(LostRecord)) {
      on_lost(load_unaligned<LostRecord>(record.data()).lost);
    }
    tail += header.size;
    store_release(mapping.data() + tail_at, tail);
  }
  return samples;
}

}  // namespace skep
