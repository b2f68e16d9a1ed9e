// bpf(2) commands as functions over a Kernel: they fill the attr, make the call, and say which call failed and with
// what errno.
#pragma once

#include <optional>
#include <vector>

#include "skep/isa/isa.hpp"
#include "skep/kernel/attributes.hpp"
#include "skep/kernel/handles.hpp"

namespace skep {

struct MapCreateOptions {
  std::uint32_t type = 0, key_size = 0, value_size = 0, max_entries = 0, flags = 0, numa_node = 0;
  std::string name = {};
  std::uint64_t extra = 0;
  int inner_map_fd = 0;
  int btf_fd = 0;
  std::uint32_t key_type = 0, value_type = 0;
};
[[nodiscard]] Result<Map> create_map(Kernel& kernel, const MapCreateOptions& options);

struct ProgLoadOptions {
  ProgramType type = ProgramType::unspec;
  AttachType attach_type{};
  std::string name = {};
  std::string license = {};
  std::span<const RawInsn> code = {};
  std::uint32_t flags = 0;
  std::uint32_t kernel_version = 0;
  int btf_fd = 0;
  std::span<const FuncInfoRecord> functions = {};
  std::span<const LineInfoRecord> lines = {};
  std::uint32_t log_level = 0;
};
struct ProgLoadResult {
  Program program;  ///< invalid if the kernel refused
  int error = 0;    ///< errno then
  std::string log;
};
/// Loads; a refusal is a result with the log, not an Error. The log buffer grows up to 16 MiB until the log fits.
[[nodiscard]] ProgLoadResult load_program(Kernel& kernel, const ProgLoadOptions& options);

[[nodiscard]] Result<BtfObject> load_btf(Kernel& kernel, ByteView btf);

/// 0 or -errno, as the call.
[[nodiscard]] long map_lookup(const Map& map, ByteView key, MutableBytes value, std::uint64_t flags = 0);
[[nodiscard]] long map_update(const Map& map, ByteView key, ByteView value, std::uint64_t flags = 0);
[[nodiscard]] long map_delete(const Map& map, ByteView key);
/// `key` empty: the first.
[[nodiscard]] long map_next_key(const Map& map, ByteView key, MutableBytes next);
[[nodiscard]] long map_freeze(const Map& map);

[[nodiscard]] Result<MapInfo> map_info(const Map& map);
[[nodiscard]] Result<ProgInfo> program_info(const Program& program);
/// Bytes a value takes at the system call: per-CPU types have round_up(value_size, 8) × possible CPUs.
[[nodiscard]] std::uint64_t user_value_size(const Kernel& kernel, const MapInfo& info);

struct TestRunOptions {
  ByteView data_in = {};
  std::optional<std::uint32_t> data_size_out = {};  ///< nothing: data_in plus what fits
  ByteView context_in = {};
  std::uint32_t context_size_out = 0;
  std::uint32_t repeat = 0;
  std::uint32_t flags = 0;
  std::uint32_t cpu = 0;
};
struct TestRunResult {
  std::uint32_t retval = 0;
  std::uint32_t duration_ns = 0;  ///< mean of the repeats
  ByteVector data_out;
  ByteVector context_out;
};
/// BPF_PROG_TEST_RUN. The Error's code is the errno.
[[nodiscard]] Result<TestRunResult> test_run(const Program& program, const TestRunOptions& options);

}  // namespace skep
