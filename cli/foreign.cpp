// Known by their first bytes, none of which begins an eBPF program: 0x42, 0x1f with register 11, … are no instructions.
#include "cli/foreign.hpp"

#include <algorithm>
#include <array>

namespace skep {
namespace {

struct Foreign {
  std::string_view beginning;
  std::string_view name;
  std::string_view help;
};

constexpr std::string_view from_llvm = "make an object of it with: llc -march=bpf -filetype=obj FILE -o FILE.o";
constexpr std::string_view packed = "unpack it first";

using namespace std::string_view_literals;
constexpr std::array rows = {
    Foreign{"!<thin>\n"sv, "a thin archive, which only names its members", "give the members themselves"},
    Foreign{"BC\xc0\xde"sv, "LLVM bitcode (-flto or -emit-llvm), not yet an object", from_llvm},
    Foreign{"\xde\xc0\x17\x0b"sv, "LLVM bitcode in a wrapper, not yet an object", from_llvm},
    Foreign{"; ModuleID"sv, "LLVM's intermediate language as text, not yet an object", from_llvm},
    Foreign{"source_filename = "sv, "LLVM's intermediate language as text, not yet an object", from_llvm},
    Foreign{"\x9f\xeb\x01\x00"sv, "BTF alone, without a program", "skep reads BTF inside of objects"},
    Foreign{"\xeb\x9f\x01\x00"sv, "BTF alone, without a program", "skep reads BTF inside of objects"},
    Foreign{"\x1f\x8b"sv, "compressed with gzip", packed},
    Foreign{"\xfd"
            "7zXZ\0"sv,
            "compressed with xz", packed},
    Foreign{"\x28\xb5\x2f\xfd"sv, "compressed with zstd", packed},
};

}  // namespace

std::optional<Error> foreign_file(ByteView bytes, const std::string& display_name) {
  const std::string_view text = as_text(bytes);
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Foreign& candidate) { return text.starts_with(candidate.beginning); });
  if (row == rows.end()) return std::nullopt;
  return Error{fmt::format("{} is {}", display_name, row->name), std::string(row->help)};
}

bool is_archive(ByteView bytes) { return as_text(bytes).starts_with("!<arch>\n"); }

}  // namespace skep
