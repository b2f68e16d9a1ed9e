// A program file in any spelling → Object: C source is compiled, ELF is read, assembly, hex, raw bytes and C arrays
// become bare programs.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "skep/asm/asm.hpp"
#include "skep/object/object.hpp"

namespace skep {

struct InputOptions {
  std::string path;                             ///< "-": standard input
  std::string spelling;                         ///< --input: overrides the guess
  std::string type;                             ///< --type
  std::string section;                          ///< --section
  std::string program;                          ///< --program
  std::string license = "GPL";                  ///< for spellings that cannot say one
  std::string mcpu;                             ///< --mcpu for clang
  std::vector<std::string> compiler_flags;      ///< --cflag
  std::vector<std::string> volatile_constants;  ///< constants to be compiled as volatile, so that they can be set
};

/// Adds the options to a verb.
void add_input_options(CLI::App& app, InputOptions& options);

struct Input {
  Spelling spelling;
  std::string display_name;  ///< for messages
  ByteVector bytes;          ///< the ELF (compiled or read), or the text
  ByteVector source = {};    ///< C source: the text
  Object object;
};

/// Opens and reads. The diagnostics say what is wrong with the file, one a mistake.
[[nodiscard]] tl::expected<Input, std::vector<Diagnostic>> open_input(const InputOptions& options);

/// Compiles an input's C source again, with other options. Errors: those of the compiler.
[[nodiscard]] tl::expected<void, std::vector<Diagnostic>> compile_again(Input& input, const InputOptions& options);

/// The programs that --program and --section choose (all, if neither is given); an Error lists the candidates.
[[nodiscard]] Result<std::vector<std::size_t>> choose_programs(const Object& object, const InputOptions& options);

/// --type as a ProgramType; an Error lists near names.
[[nodiscard]] Result<std::optional<ProgramType>> chosen_type(const InputOptions& options);

/// What an assembled unit says, for write_object().
[[nodiscard]] ObjectDraft draft_of(const AsmUnit& unit);

/// Whole files up to 1 GiB; pipes, devices and standard input up to 64 MiB (/dev/zero has no end).
[[nodiscard]] Result<ByteVector> read_file(const std::string& path);
[[nodiscard]] Result<void> write_file(const std::string& path, ByteView bytes);

}  // namespace skep
