// A program lowered for execution: decoded once, jumps resolved, helpers bound to their bodies.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "skep/abi/abi.hpp"
#include "skep/base/base.hpp"
#include "skep/isa/isa.hpp"
#include "skep/vm/memory.hpp"

namespace skep {

class Machine;
class KernelMap;  // maps module; the vm only carries it

using HelperBody = std::uint64_t (*)(Machine& machine, std::uint64_t r1, std::uint64_t r2, std::uint64_t r3,
                                     std::uint64_t r4, std::uint64_t r5);
/// Tests the arguments of a call against the helper's prototype row; fills `problem` and returns false if one does not
/// fit. Checked runs only.
using ArgumentCheck = bool (*)(Machine& machine, const HelperInfo& helper, const std::array<std::uint64_t, 5>& args,
                               std::string& problem);

/// Bodies by helper number. Built once by the helpers module (or by a test, or by an embedder) and passed to lower().
struct HelperTable {
  std::vector<HelperBody> bodies;  ///< index = helper number; null: not there
  ArgumentCheck check = nullptr;
  void set(std::uint32_t number, HelperBody body) {
    if (bodies.size() <= number) bodies.resize(number + 1);
    bodies[number] = body;
  }
};

/// One predecoded operation (vm's own business; see lower.cpp).
struct Operation;

/// Immutable once lowered; shared by all machines.
class Code {
 public:
  Code();
  ~Code();
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  std::vector<RawInsn> source;  ///< as given: for faults and dumps
  std::vector<Operation> operations;
  std::vector<std::uint32_t> slot_to_operation;  ///< by slot; ~0u inside an lddw
  HelperTable helpers;
  std::vector<KernelMap*> maps;  ///< what map handles mean; the owner keeps them alive
  std::vector<Region> regions;   ///< memory every run may touch (map values)
  const void* owner = nullptr;   ///< whoever had it lowered
};

struct LowerOptions {
  HelperTable helpers = {};
  std::vector<KernelMap*> maps = {};
  std::vector<Region> regions = {};
  const void* owner = nullptr;
};

/// `code` must hold no unresolved 64-bit immediates: kinds `value` and `function` only (the loader or the user kernel
/// put handles and addresses in). Errors: not well-formed (validate()), other immediate kinds. A call of a helper
/// without a body lowers; running into it faults.
[[nodiscard]] tl::expected<std::shared_ptr<const Code>, Diagnostic> lower(std::span<const RawInsn> code,
                                                                          LowerOptions options);

}  // namespace skep
