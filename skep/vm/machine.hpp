// Machine: runs Code. It owns the stack (8 frames of 512 bytes) and the list of memory the current run may touch, so a
// run allocates nothing. One thread at a time; interrupt() may come from anywhere. Helpers get the Machine and reach
// the world through `environment`, whose type is the helpers module's business.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "skep/base/base.hpp"
#include "skep/vm/code.hpp"
#include "skep/vm/fault.hpp"
#include "skep/vm/memory.hpp"

namespace skep {

enum class Engine : std::uint8_t {
  checked,      ///< the referee: every access tested; for programs nobody has verified
  interpreter,  ///< predecoded, direct-threaded, unchecked: for verified programs
};
[[nodiscard]] std::string_view name_of(Engine engine);

inline constexpr std::uint32_t max_frames = 8;
inline constexpr std::uint32_t frame_bytes = 512;
inline constexpr std::uint32_t max_tail_calls = 33;

struct RunInput {
  std::uint64_t r1 = 0;  ///< the context's address
  std::uint64_t r2 = 0;  ///< only for bare programs (conformance): length of the memory
  std::span<const Region> regions =
      {};  ///< memory of this run (context record, packet, bare memory), besides Code::regions and the stack
  ContextAccess* context = nullptr;  ///< if r1 is context_address
  std::uint64_t fuel =
      1ULL << 32;  ///< instructions that may be executed, counted at least on every backward jump and call
  void* environment = nullptr;
};

struct RunResult {
  std::uint64_t value = 0;  ///< r0 at exit
  std::optional<Fault> fault;
  std::uint64_t instructions = 0;  ///< executed; a 64-bit immediate load counts once
};

struct MachineState;  // vm's own business

class Machine {
 public:
  Machine();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] RunResult run(const Code& code, Engine engine, const RunInput& input);
  /// Makes the current run fault at its next backward jump or call; safe from a signal handler or another thread.
  /// Between runs it hits the next one, so that no request to stop is lost in the gap.
  void interrupt() { interrupted_.store(true, std::memory_order_relaxed); }

  // ---- for helper bodies, during a run ----

  [[nodiscard]] void* environment() const { return environment_; }
  /// What the program was given in r1.
  [[nodiscard]] std::uint64_t context() const { return context_; }
  /// The program that runs now: after a tail call the new one.
  [[nodiscard]] const Code& code() const { return *code_; }
  [[nodiscard]] Engine engine() const { return engine_; }
  [[nodiscard]] bool checked() const { return engine_ == Engine::checked; }
  /// The map a handle means, or nullptr.
  [[nodiscard]] KernelMap* map(std::uint64_t handle) const {
    const std::uint64_t offset = handle - map_handle_base;
    return offset % 256 == 0 && offset / 256 < code_->maps.size() ? code_->maps[offset / 256] : nullptr;
  }
  /// May the program read (write) these bytes? Always true unless checked. Zero bytes are always allowed.
  [[nodiscard]] bool may_access(std::uint64_t address, std::uint64_t bytes, Access wanted) const;
  /// The bytes behind an address that may_access() (or the row's argument check) has allowed.
  [[nodiscard]] static std::uint8_t* at(std::uint64_t address) { return reinterpret_cast<std::uint8_t*>(address); }
  /// Memory that came (ringbuf_reserve, xdp_adjust) or went during the run. add returns a ticket for remove.
  std::uint32_t add_region(const Region& region);
  void remove_region(std::uint32_t ticket);
  /// Takes away all dynamic regions of a kind and, for the rest of the run, those of RunInput::regions: the packet has
  /// moved.
  void remove_regions_of_kind(RegionKind kind);
  /// The dynamic region that starts at `address`, or nullptr: for releasing what was reserved.
  [[nodiscard]] const Region* dynamic_region_at(std::uint64_t address, std::uint32_t* ticket) const;
  /// Any dynamic region of a kind, or nullptr. After a run: what the program has not given back, until the next run.
  [[nodiscard]] const Region* dynamic_region_of(RegionKind kind, std::uint32_t& ticket) const;

  /// Runs a callback (an address from a function immediate) in a new frame; nothing if it faulted — then return at
  /// once.
  [[nodiscard]] std::optional<std::uint64_t> call(std::uint64_t function, std::uint64_t r1, std::uint64_t r2 = 0,
                                                  std::uint64_t r3 = 0, std::uint64_t r4 = 0, std::uint64_t r5 = 0);
  /// bpf_tail_call: replaces the running program when the helper returns; false if the limit of 33 is reached. `next`
  /// must outlive the run.
  [[nodiscard]] bool tail_call(const Code& next);
  /// Ends the run with a fault once the helper returns.
  void fault(FaultKind kind, std::string what);
  /// Ends the run with this value once the helper returns, as exit would (the conformance suite's `unwind`).
  void exit_with(std::uint64_t value);

 private:
  friend struct Execution;  // the engines
  const Code* code_ = nullptr;
  Engine engine_ = Engine::checked;
  void* environment_ = nullptr;
  std::uint64_t context_ = 0;
  std::atomic<bool> interrupted_ = false;
  std::unique_ptr<MachineState> state_;
};

}  // namespace skep
