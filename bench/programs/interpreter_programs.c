/* Small programs of the kinds that eBPF is used for; see interpreter_programs.h. */
#include "interpreter_programs.h"

#ifdef __bpf__
#define PROGRAM(name) __attribute__((section(#name), used)) u64 name##_program
#define NOINLINE(name) static __attribute__((noinline, section(#name)))
#else
#define PROGRAM(name) u64 name##_program
#define NOINLINE(name) static __attribute__((noinline))
#endif

/* Compilers shall leave the loop as it is written: a vectorised sum has no counterpart in BPF. */
#ifdef __clang__
#define PLAIN_LOOP _Pragma("clang loop unroll(disable) vectorize(disable)")
#else
#define PLAIN_LOOP
#endif

static inline u32 rotate(u32 value, u32 bits) { return value << bits | value >> (32 - bits); }

/* murmur3's inner loop: 32-bit multiply, rotate, xor */
PROGRAM(hash)(u8* memory, u64 size) {
  u32 hash = 17;
  for (u64 at = 0; at + 4 <= size; at += 4) {
    u32 word = *(u32*)(memory + at) * 0xcc9e2d51u;
    hash ^= rotate(word, 15) * 0x1b873593u;
    hash = rotate(hash, 13) * 5 + 0xe6546b64u;
  }
  return hash;
}

/* the Internet checksum, 16 bits at a time */
PROGRAM(checksum)(u8* memory, u64 size) {
  u64 sum = 0;
  PLAIN_LOOP
  for (u64 at = 0; at + 2 <= size; at += 2) sum += *(u16*)(memory + at);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (u16)~sum;
}

/* insertion sort of 64 numbers: unpredictable branches */
PROGRAM(sort)(u8* memory, u64 size) {
  u32* numbers = (u32*)memory;
  u32 state = (u32)size;
  for (u64 i = 0; i < 64; ++i) numbers[i] = state = state * 1664525u + 1013904223u;
  for (u64 i = 1; i < 64; ++i) {
    u32 number = numbers[i];
    u64 at = i;
    for (; at > 0 && numbers[at - 1] > number; --at) numbers[at] = numbers[at - 1];
    numbers[at] = number;
  }
  return numbers[0] ^ numbers[31] ^ numbers[63];
}

/* trial division: 64-bit remainders */
PROGRAM(prime)(u8* memory, u64 size) {
  u64 primes = 0;
  for (u64 number = 3; number < size; number += 2) {
    u64 divisor = 3;
    for (; divisor * divisor <= number; divisor += 2)
      if (number % divisor == 0) break;
    primes += divisor * divisor > number;
  }
  return primes + (memory == 0);
}

/* arithmetic in registers */
PROGRAM(nested_loops)(u8* memory, u64 size) {
  u64 a = size, b = 1;
  for (u64 i = 0; i < 32; ++i)
    for (u64 j = 0; j < 32; ++j) {
      a = a * 3 + (b ^ j);
      b = (b >> 3) + (a & 0xff) + i;
    }
  return a + b + (memory == 0);
}

/* byte loads and stores */
PROGRAM(copy)(u8* memory, u64 size) {
  u64 half = size / 2;
  u64 sum = 0;
  PLAIN_LOOP
  for (u64 i = 0; i < half; ++i) {
    memory[half + i] = (u8)(memory[i] ^ 0x5a);
    sum += memory[half + i];
  }
  return sum;
}

/* a table on the stack */
PROGRAM(histogram)(u8* memory, u64 size) {
  u64 counts[16];
  for (u64 i = 0; i < 16; ++i) ((volatile u64*)counts)[i] = 0;
  for (u64 i = 0; i < size; ++i) ++((volatile u64*)counts)[memory[i] & 15];
  u64 best = 0;
  for (u64 i = 0; i < 16; ++i)
    if (counts[i] > counts[best]) best = i;
  return best << 32 | counts[best];
}

NOINLINE(calls) u64 mix(u64 a, u64 b) {
  __asm__ volatile("" ::: "memory");
  return (a ^ b) * 0x9e3779b1u;
}

/* BPF-to-BPF calls */
PROGRAM(calls)(u8* memory, u64 size) {
  u64 value = size;
  for (u64 i = 0; i < 256; ++i) value = mix(value, i) + 1;
  return value + (memory == 0);
}
