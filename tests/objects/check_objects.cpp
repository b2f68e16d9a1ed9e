// check_objects FILE…: opens every object, and takes each program in it through every dialect: disassembled and
// assembled again it must be the same bytes. Objects that cannot be opened are listed with their error; an error is
// acceptable only for a file whose name says that it is invalid on purpose. Exit status 1 if anything is wrong.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "skep/asm/asm.hpp"
#include "skep/object/object.hpp"

namespace {

using namespace skep;

struct Style {
  const char* name;
  DisassembleOptions options;
};

std::vector<Style> styles() {
  DisassembleOptions kernel, llvm, llvm_hex, gnu;
  llvm.dialect = llvm_hex.dialect = Dialect::llvm;
  llvm_hex.hex = true;
  gnu.dialect = Dialect::gnu;
  return {{"kernel", kernel}, {"llvm", llvm}, {"llvm hex", llvm_hex}, {"gnu", gnu}};
}

/// The first difference in words, or "".
std::string round_trip(const std::vector<RawInsn>& code, const DisassembleOptions& options) {
  std::string text;
  for (const DisassembledLine& line : disassemble(code, options)) text += line.text + "\n";
  const auto again = assemble(text, "round trip");
  if (!again) return to_error(again.error().front()).what;
  if (*again == code) return {};
  for (std::size_t i = 0; i < std::min(again->size(), code.size()); ++i) {
    if (!((*again)[i] == code[i])) return fmt::format("slot {} differs", i);
  }
  return fmt::format("{} slots became {}", code.size(), again->size());
}

bool meant_to_be_invalid(const std::string& path) {
  return path.find("invalid") != std::string::npos || path.find("errors") != std::string::npos;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t opened = 0, refused = 0, programs = 0, problems = 0, wrong = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string path = argv[i];
    std::ifstream file(path, std::ios::binary);
    const ByteVector bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto object = read_object(bytes);
    if (!object) {
      const bool expected = meant_to_be_invalid(path);
      std::printf("%s: %s%s\n", path.c_str(), object.error().what.c_str(), expected ? " (as meant)" : "");
      ++refused;
      wrong += expected ? 0 : 1;
      continue;
    }
    ++opened;
    for (const ProgramSpec& program : object->programs) {
      ++programs;
      for (const Diagnostic& problem : program.problems) {
        ++problems;
        std::printf("%s: program %s: %s\n", path.c_str(), program.name.c_str(), problem.what.c_str());
      }
      for (const Style& style : styles()) {
        const std::string difference = round_trip(program.code, style.options);
        if (difference.empty()) continue;
        ++wrong;
        std::printf("%s: program %s: %s dialect: %s\n", path.c_str(), program.name.c_str(), style.name,
                    difference.c_str());
      }
    }
  }
  std::printf("%zu objects opened, %zu refused; %zu programs, %zu with something missing; %zu wrong\n", opened, refused,
              programs, problems, wrong);
  return wrong == 0 ? 0 : 1;
}
