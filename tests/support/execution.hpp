// Execution tests are text and run on every engine: EXPECT_RUN("r0 = 42; exit", 42). Each engine gets the program, its
// own copy of the memory and the same input; r0 and the memory afterwards must be what is expected and the same on all.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "skep/vm/vm.hpp"

namespace skep::test {

/// A program under test: assembly text, instructions, or slots.
class Program {
 public:
  Program(const char* text);  // NOLINT(google-explicit-constructor): so that EXPECT_RUN takes a literal
  Program(const std::string& text) : Program(text.c_str()) {}        // NOLINT(google-explicit-constructor)
  Program(std::initializer_list<Instruction> insns);                 // NOLINT(google-explicit-constructor)
  Program(const std::vector<Instruction>& insns);                    // NOLINT(google-explicit-constructor)
  Program(std::vector<RawInsn> slots) : slots_(std::move(slots)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const std::vector<RawInsn>& slots() const { return slots_; }
  /// What is wrong with the text; empty if nothing is.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::vector<RawInsn> slots_;
  std::string problem_;
};

struct RunOptions {
  ByteVector memory = {};                        ///< r1 = its address, r2 = its length
  std::optional<ByteVector> expect_memory = {};  ///< what it holds afterwards
  HelperTable helpers = {};
  ContextAccess* context = nullptr;  ///< then r1 = context_address
  void* environment = nullptr;
  std::uint64_t fuel = 100'000'000;
};

/// All there are, the referee first.
[[nodiscard]] std::span<const Engine> engines();

/// The program ends with r0 == expected on every engine.
[[nodiscard]] testing::AssertionResult runs_to(const Program& program, std::uint64_t expected,
                                               const RunOptions& options = {});
/// The program faults like this on every engine that looks (accesses out of bounds and bad arguments: the checked one),
/// at that slot if one is given.
[[nodiscard]] testing::AssertionResult faults_with(const Program& program, FaultKind kind,
                                                   std::optional<Slot> slot = {}, const RunOptions& options = {});

}  // namespace skep::test

#define EXPECT_RUN(program, ...) EXPECT_TRUE(::skep::test::runs_to(program, __VA_ARGS__))
#define EXPECT_FAULT(program, ...) EXPECT_TRUE(::skep::test::faults_with(program, __VA_ARGS__))
