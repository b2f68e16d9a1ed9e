/* The programs of interpreter_bench: each takes memory of `size` bytes and returns a number that depends on all it did.
 * PROGRAM(name) rows, so that the bench and the programs cannot disagree. Plain C: compiled once for this machine and once for BPF. */
#ifndef INTERPRETER_PROGRAMS_H
#define INTERPRETER_PROGRAMS_H

#define INTERPRETER_PROGRAMS(PROGRAM) \
  PROGRAM(hash)                       \
  PROGRAM(checksum)                   \
  PROGRAM(sort)                       \
  PROGRAM(prime)                      \
  PROGRAM(nested_loops)               \
  PROGRAM(copy)                       \
  PROGRAM(histogram)                  \
  PROGRAM(calls)

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef __cplusplus
extern "C" {
#endif
#define DECLARE(name) u64 name##_program(u8* memory, u64 size);
INTERPRETER_PROGRAMS(DECLARE)
#undef DECLARE
#ifdef __cplusplus
}
#endif

#endif
