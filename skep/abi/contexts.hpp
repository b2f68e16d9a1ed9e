// What a program sees behind r1: the fields of each context with their UAPI offsets and sizes, and what they are to us.
// One row each in contexts.def. Field sources: include/uapi/linux/bpf.h (xdp_md, __sk_buff, …),
// arch/x86/include/uapi/asm/ptrace.h (pt_regs).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "skep/abi/types.hpp"

namespace skep {

enum class ContextKind : std::uint8_t { none, xdp_md, sk_buff, pt_regs, record };

/// What a field holds for a reader: a plain number, or a pointer that UAPI declares as 32 bits but programs use as 64.
enum class FieldKind : std::uint8_t { scalar, packet_start, packet_end, packet_meta, pointer };

enum class ContextField : std::uint16_t {
#define CONTEXT_FIELD(context, name, ...) context##_##name,
#include "skep/abi/contexts.def"
#undef CONTEXT_FIELD
};

struct ContextFieldInfo {
  ContextField field;
  ContextKind context;
  std::string_view name;  ///< "data_end"
  std::uint32_t offset;
  std::uint32_t size;  ///< whole field; arrays (cb) are one row
  bool readable;
  bool writable;  ///< by sched_cls/xdp programs
  bool narrow;    ///< may be read in part
  FieldKind kind;
  bool narrow_write;  ///< may be written in part
};

[[nodiscard]] std::span<const ContextFieldInfo> context_fields();
/// The field that covers [offset, offset+size), or nullptr.
[[nodiscard]] const ContextFieldInfo* find_context_field(ContextKind context, std::uint32_t offset, std::uint32_t size);
/// Which context a program type gets.
[[nodiscard]] ContextKind context_of(ProgramType type);

}  // namespace skep
