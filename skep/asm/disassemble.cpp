// Instructions → text in three dialects. The kernel dialect is kernel/bpf/disasm.c as bpftool and the verifier log show
// it; llvm is llvm-objdump 19 (hex) or 14 (decimal); gnu is binutils-bpf. Where an original is ambiguous (64-bit
// immediate kinds, kinds of calls) it is completed so that the bytes come back.
//
// clang-format off
// What is printed, one example per instruction kind and dialect. The assembler reads exactly this (and more); round_trip_test.cpp holds both to it.
//
//   kind                       kernel                                        llvm, hex (decimal mode: the same numbers in decimal)   gnu
//   alu64, register            (0f) r1 += r2                                 r1 += r2                                    add %r1, %r2
//   alu64, immediate           (07) r1 += -5                                 r1 += -0x5                                  add %r1, -5
//   alu32                      (04) w1 += 5            (0c) w1 += w2         w1 += 0x5             w1 += w2              add32 %r1, 5
//   sdiv, smod                 (37) r1 s/= 3           (9c) w1 s%= w2        r1 s/= 0x3                                  sdiv %r1, 3        smod32 %r1, %r2
//   rsh, arsh, or, xor …       (77) r1 >>= 3           (c7) r1 s>>= 3        r1 s>>= 0x3                                 arsh %r1, 3
//   neg                        (87) r1 = -r1           (84) w1 = -w1         r1 = -r1                                    neg %r1            neg32 %r1
//   mov                        (b7) r1 = -5            (bc) w1 = w2          r1 = -0x5                                   mov %r1, -5        mov32 %r1, %r2
//   movsx                      (bf) r1 = (s8)r2        (bc) w1 = (s16)w2     r1 = (s8)r2                                 movs %r1, %r2, 8   movs32 %r1, %r2, 16
//   byte swap                  (dc) r1 = be16 r1       (d7) r1 = bswap64 r1  r1 = le32 r1                                endbe %r1, 16      endle %r1, 32      bswap %r1, 64
//   address space cast         (bf) r1 = addr_space_cast(r2, 0, 1)           r1 = addr_space_cast(r2, 0x0, 0x1)          addr_space_cast %r1, %r2, 0, 1     (to, from; imm = to << 16 | from)
//   64-bit immediate           (18) r1 = 0x1122334455667788                  r1 = 0x1122334455667788 ll                  lddw %r1, 0x1122334455667788
//     all ones                 (18) r1 = 0xffffffffffffffff                  r1 = -0x1 ll                                lddw %r1, 0xffffffffffffffff
//     src 1, map               (18) r1 = map[fd:4]                           r1 = map[fd:4] ll                           lddw %r1, map[fd:4]
//     src 2, its value         (18) r1 = map[fd:4][0]+8                      r1 = map[fd:4][0]+8 ll                      lddw %r1, map[fd:4][0]+8       (second imm 8; negative: +-8; always printed)
//     src 3, variable          (18) r1 = var[id:5]                           r1 = var[id:5] ll                           lddw %r1, var[id:5]            (second imm 7: var[id:5]+7)
//     src 4, function          (18) r1 = subprog[+5]                         r1 = subprog[+5] ll                         lddw %r1, subprog[+5]          (first imm, signed; second imm 7: subprog[+5]+7)
//     src 5, map by index      (18) r1 = map[idx:4]                          r1 = map[idx:4] ll                          lddw %r1, map[idx:4]
//     src 6, its value         (18) r1 = map[idx:4]+8                        r1 = map[idx:4]+8 ll                        lddw %r1, map[idx:4]+8         (always printed, also +0)
//   load                       (79) r1 = *(u64 *)(r2 +8)                     r1 = *(u64 *)(r2 + 0x8)                     ldxdw %r1, [%r2+8]
//     negative offset          (71) r1 = *(u8 *)(r10 -4)                     r1 = *(u8 *)(r10 - 0x4)                     ldxb %r1, [%r10+-4]
//   sign-extending load        (91) r1 = *(s8 *)(r2 +0)                      r1 = *(s8 *)(r2 + 0x0)                      ldxsb %r1, [%r2+0]   ldxsh   ldxsw
//   store                      (63) *(u32 *)(r10 -8) = r1                    *(u32 *)(r10 - 0x8) = r1                    stxw [%r10+-8], %r1
//   store immediate            (62) *(u32 *)(r10 -8) = -5                    *(u32 *)(r10 - 0x8) = -0x5                  stw [%r10+-8], -5
//   atomic (add or and xor)    (db) lock *(u64 *)(r1 +0) += r2               lock *(u64 *)(r1 + 0x0) += r2               aadd [%r1+0], %r2    aor aand axor
//     32-bit                   (c3) lock *(u32 *)(r1 +0) |= r2               add: … += r2; others: … |= w2               aadd32 [%r1+0], %r2  aor32 aand32 axor32
//   fetching                   (db) r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)   r2 = atomic_fetch_add((u64 *)(r1 + 0x0), r2)   afadd [%r1+0], %r2   afor afand afxor
//     32-bit                   (c3) r2 = atomic_fetch_add((u32 *)(r1 +0), r2)     w2 = atomic_fetch_add((u32 *)(r1 + 0x0), w2)   afadd32 [%r1+0], %r2
//   xchg                       (db) r2 = atomic64_xchg((u64 *)(r1 +0), r2)        r2 = xchg_64(r1 + 0x0, r2)                     axchg [%r1+0], %r2
//     32-bit                   (c3) r2 = atomic_xchg((u32 *)(r1 +0), r2)          w2 = xchg32_32(r1 + 0x0, w2)                   axchg32 [%r1+0], %r2
//   cmpxchg                    (db) r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2) r0 = cmpxchg_64(r1 + 0x0, r0, r2)              acmp [%r1+0], %r2
//     32-bit                   (c3) r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)   w0 = cmpxchg32_32(r1 + 0x0, w0, w2)            acmp32 [%r1+0], %r2
//   load_acquire               (db) r1 = load_acquire((u64 *)(r2 +4))        r1 = load_acquire((u64 *)(r2 + 0x4))  (b h w: w1 = …)    load_acquiredw %r1, [%r2+4]    (b h w dw)
//   store_release              (db) store_release((u64 *)(r2 +4), r1)        store_release((u64 *)(r2 + 0x4), r1)  (b h w: …, w1)     store_releasedw [%r2+4], %r1   (b h w dw)
//   packet load, absolute      (30) r0 = *(u8 *)skb[-4]                      r0 = *(u8 *)skb[-0x4]                       ldabsb -4            ldabsh ldabsw
//     indirect                 (48) r0 = *(u16 *)skb[r3 + -4]                r0 = *(u16 *)skb[r3 + -0x4]; offset 0: skb[r3]   ldindh %r3, -4       ldindb ldindw
//   conditional jump           (15) if r1 == 0x5 goto pc+4                   if r1 == 0x5 goto +0x4                      jeq %r1, 5, +4
//     immediate -5             (15) if r1 == 0xfffffffb goto pc-4            if r1 == -0x5 goto -0x4                     jeq %r1, -5, -4
//     32-bit                   (6e) if w1 s> w2 goto pc+0                    if w1 s> w2 goto +0x0                       jsgt32 %r1, %r2, +0
//     bit test                 (45) if r1 & 0x1 goto pc+4                    if r1 & 0x1 goto +0x4                       jset %r1, 1, +4
//   goto                       (05) goto pc+4                                goto +0x4                                   ja +4
//   gotol                      (06) gotol pc+4                               gotol +0x4                                  jal +4
//   may_goto                   (e5) may_goto pc+4                            may_goto +0x4                               may_goto +4
//   helper call                (85) call bpf_trace_printk#6                  call 0x6  # bpf_trace_printk                call 6  # bpf_trace_printk
//     unknown or no names      (85) call unknown#999 / call 6                call 0x6                                    call 6
//     negative number -5       (85) call unknown#-5 / call 4294967291        call 0xfffffffb                             call 4294967291     (unsigned: a sign means a function)
//   function call, src 1       (85) call pc+2                                call +0x2            call -0x1              call +2             call -1
//   kernel function, src 2     (85) call kfunc#1000                          call kfunc#1000                             call kfunc#1000     (name before # is exactly `kfunc`)
//     with BTF offset 3        (85) call kfunc#1000@3                        call kfunc#1000@3                           call kfunc#1000@3   (offset signed: @-3)
//   exit                       (95) exit                                     exit                                        exit
//   not an instruction         .8byte 0x0000000000000000 in every dialect: the slot's eight bytes as a little-endian number (hex, 16 digits)
//
// Kernel without opcode_prefix: the same without `(xx) `, and a 64-bit immediate load ends in ` ll` as in llvm (else `r1 = 0x5` could be a mov).
// With `label`: kernel `goto NAME`, `if … goto NAME`, `may_goto NAME`, `call pc+2#NAME`; llvm `goto +0x4 <NAME>`, `call +0x2 <NAME>` (objdump's shape; the
// number counts); gnu `ja NAME`, `jeq %r1, 5, NAME`, `call NAME`. A `#` that follows a word directly (`#6`) is no comment; ` # ` is.
// Immediates are signed 32-bit but may be read as unsigned (0xfffffffb is -5).
// clang-format on
#include "skep/asm/disassemble.hpp"

#include "skep/asm/operand_text.hpp"

namespace skep {

std::string disassemble(const Instruction& insn, Slot at, const DisassembleOptions& options) {
  switch (options.dialect) {
    case Dialect::kernel: return kernel_text(insn, at, options);
    case Dialect::llvm: return llvm_text(insn, at, options);
    case Dialect::gnu: return gnu_text(insn, at, options);
  }
  return "";
}

std::string disassemble_data(const RawInsn& raw) {
  const std::uint64_t low = raw.code | static_cast<std::uint64_t>(raw.dst & 0xf) << 8 |
                            static_cast<std::uint64_t>(raw.src & 0xf) << 12 |
                            static_cast<std::uint64_t>(static_cast<std::uint16_t>(raw.off)) << 16;
  const std::uint64_t high = static_cast<std::uint32_t>(raw.imm);
  return fmt::format(".8byte 0x{:016x}", low | high << 32);
}

std::vector<DisassembledLine> disassemble(std::span<const RawInsn> code, const DisassembleOptions& options) {
  std::vector<DisassembledLine> lines;
  for (std::uint32_t slot = 0; slot < code.size();) {
    const auto decoded = decode(code, Slot{slot});
    if (decoded) {
      lines.push_back({Slot{slot}, decoded->slots, disassemble(decoded->insn, Slot{slot}, options), true});
      slot += decoded->slots;
    } else {
      lines.push_back({Slot{slot}, 1, disassemble_data(code[slot]), false});
      ++slot;
    }
  }
  return lines;
}

}  // namespace skep
