#pragma once

// For the few kernels written in AVX-512 VNNI instructions (64 products of bytes at a time, each four added
// to an int32). Functions are marked instead of files, so that one binary runs on every processor. Callers
// must ask first whether the processor has the instructions.

#ifdef __x86_64__

#include <immintrin.h>

#define NIBBLE_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

namespace nibble::kernels {

inline bool has_vnni() {
  static const bool has = __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl");
  return has;
}

/// Adds four products of an unsigned and a signed byte to each of 16 sums. _mm512_dpbusd_epi32 does the same,
/// but g++ 12 keeps a large tile of sums in registers only if it is told that the sum stays in its register.
NIBBLE_VNNI inline void add_fours(__m512i& sums, __m512i codes, __m512i weights) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(codes), "v"(weights));
}

/// A mask of the first `count` of 64 bytes; all 64 if count is larger.
inline __mmask64 first_bytes(long count) { return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1; }

}  // namespace nibble::kernels

#else

namespace nibble::kernels {

inline bool has_vnni() { return false; }

}  // namespace nibble::kernels

#endif
