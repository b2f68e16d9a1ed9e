// What descriptors and ids refer to: programs, maps, BTF, links, perf events. Lifetime is Linux's: an object lives
// while a descriptor, a program that uses it or a map slot that holds it does; ids are looked up through weak
// references.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skep/btf/btf.hpp"
#include "skep/kernel/kernel.hpp"
#include "skep/maps/maps.hpp"
#include "skep/vm/vm.hpp"

namespace skep {

/// Anything a descriptor can refer to.
class KernelObject {
 public:
  virtual ~KernelObject() = default;
};

struct BtfEntry final : KernelObject {
  std::uint32_t id = 0;
  Btf btf;
  explicit BtfEntry(Btf parsed) : btf(std::move(parsed)) {}
};

/// What the programs of one program array have in common, so that a tail call changes only the code
/// (bpf_prog_map_compatible()): taken from the first program that is put into it, or that uses it.
struct TailCallKind {
  ProgramType type = ProgramType::unspec;
  AttachType attach_type{};
  bool fragments = false;  ///< BPF_F_XDP_HAS_FRAGS
  friend bool operator==(const TailCallKind&, const TailCallKind&) = default;
};

struct MapEntry final : KernelObject {
  std::uint32_t id = 0;
  std::unique_ptr<KernelMap> map;
  std::string name;
  std::shared_ptr<BtfEntry> btf;
  std::uint32_t key_type = 0;
  std::uint32_t value_type = 0;
  std::optional<TailCallKind> tail_calls;  ///< of a program array: stays for its life, also when it is empty again
  /// Whether programs of this kind may be called through this array; the first ever asked for decides.
  [[nodiscard]] bool takes_tail_calls_of(const TailCallKind& kind) {
    if (!tail_calls) tail_calls = kind;
    return *tail_calls == kind;
  }
};

struct ProgramEntry final : KernelObject, SlotObject {
  std::uint32_t id = 0;
  ProgramType type = ProgramType::unspec;
  AttachType attach_type{};
  bool fragments = false;  ///< BPF_F_XDP_HAS_FRAGS
  std::string name;
  std::array<std::uint8_t, 8> tag{};
  bool gpl_compatible = false;
  std::uint64_t load_time_ns = 0;  ///< since boot
  std::uint32_t uid = 0;
  std::vector<RawInsn> translated;              ///< as BPF_OBJ_GET_INFO_BY_FD shows it: map ids in place of descriptors
  std::vector<std::shared_ptr<MapEntry>> maps;  ///< in order of first use; map handles are indices into it
  std::shared_ptr<BtfEntry> btf;
  ByteVector function_info;  ///< records as loaded, of 8 bytes
  ByteVector line_info;      ///< records as loaded, of 16 bytes
  std::shared_ptr<const Code> code;
  std::uint64_t run_count = 0;
  std::uint64_t run_time_ns = 0;
  std::uint32_t faults = 0;
  [[nodiscard]] TailCallKind tail_call_kind() const { return {type, attach_type, fragments}; }
  [[nodiscard]] std::uint32_t slot_id() const override { return id; }
  [[nodiscard]] const Code* program_code() const override { return code.get(); }
};

/// A perf event for output, which a perf_event_array can hold.
struct PerfOutputEntry final : KernelObject {
  std::shared_ptr<PerfBuffer> buffer;
};

/// A perf event on a tracepoint: what LINK_CREATE(BPF_PERF_EVENT) attaches to.
struct TracepointEventEntry final : KernelObject {
  std::string name;  ///< "syscalls/sys_enter_write"
  TracepointTarget target{};
};

struct LinkEntry final : KernelObject {
  std::uint32_t id = 0;
  LinkType type{};
  AttachType attach_type{};
  std::shared_ptr<ProgramEntry> program;
  std::string target_name;
  TracepointTarget target{};
  std::uint32_t record_bytes = 0;  ///< of the tracepoint's record
  bool raw_arguments = false;      ///< raw tracepoint: the context is the tracepoint's arguments, not its record
  bool detached = false;
};

}  // namespace skep
