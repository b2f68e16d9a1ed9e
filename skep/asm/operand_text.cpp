#include "skep/asm/operand_text.hpp"

#include <limits>

#include "skep/abi/abi.hpp"

namespace skep {

std::string reg_text(Reg reg, Width width) {
  return fmt::format("{}{}", width == Width::w64 ? 'r' : 'w', static_cast<unsigned>(reg));
}

std::string type_text(Size size, bool is_signed) {
  return fmt::format("{}{}", is_signed ? 's' : 'u', bytes_of_size(size) * 8);
}

std::string_view size_suffix(Size size) {
  switch (size) {
    case Size::b: return "b";
    case Size::h: return "h";
    case Size::w: return "w";
    case Size::dw: return "dw";
  }
  return "";
}

std::string pseudo_text(const LoadImm64& load) {
  // The second immediate of these two kinds is no offset; it is shown only where it says something.
  const std::string second = load.high == 0 ? "" : fmt::format("+{}", load.high);
  switch (load.kind) {
    case ImmKind::value: break;
    case ImmKind::map_fd: return fmt::format("map[fd:{}]", load.low);
    case ImmKind::map_value: return fmt::format("map[fd:{}][0]+{}", load.low, load.high);
    case ImmKind::variable: return fmt::format("var[id:{}]{}", load.low, second);
    case ImmKind::function: return fmt::format("subprog[{:+}]{}", load.low, second);
    case ImmKind::map_index: return fmt::format("map[idx:{}]", load.low);
    case ImmKind::map_index_value: return fmt::format("map[idx:{}]+{}", load.low, load.high);
  }
  return fmt::format("{:#x}", load.value());
}

std::string kfunc_text(const Call& call) {
  return call.offset == 0 ? fmt::format("kfunc#{}", call.target) : fmt::format("kfunc#{}@{}", call.target, call.offset);
}

std::optional<std::string> helper_text(std::int32_t number) {
  if (number < 0) return std::nullopt;
  if (number == 0) return "bpf_unspec";  // Linux names it, though nobody can call it.
  const HelperInfo* helper = find_helper(static_cast<std::uint32_t>(number));
  if (helper == nullptr) return std::nullopt;
  return fmt::format("bpf_{}", helper->name);
}

std::optional<std::string> label_of(const DisassembleOptions& options, Slot at, std::int64_t offset) {
  if (!options.label) return std::nullopt;
  const std::int64_t target = std::int64_t{at.value} + 1 + offset;
  if (target < 0 || target > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return options.label(Slot{static_cast<std::uint32_t>(target)});
}

}  // namespace skep
