#pragma once

// For the few kernels written in AVX-512 VNNI instructions (64 products of bytes at a time, summed in fours
// to int32). Functions are marked, not files, so that one binary runs everywhere; callers ask first.

#ifdef __x86_64__

#include <immintrin.h>

#define NIBBLE_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

namespace nibble::kernels {

inline bool has_vnni() {
  static const bool has = __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl");
  return has;
}

/// Each of 16 sums grows by four products, of unsigned and signed bytes. _mm512_dpbusd_epi32 is the same; but
/// only if told that the sum stays where it is does g++ 12 keep a large tile of sums in registers.
NIBBLE_VNNI inline void add_fours(__m512i& sums, __m512i codes, __m512i weights) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(codes), "v"(weights));
}

/// Lanes of the `count` first bytes of 64; all of them from 64 on.
inline __mmask64 first_bytes(long count) { return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1; }

}  // namespace nibble::kernels

#else

namespace nibble::kernels {

inline bool has_vnni() { return false; }

}  // namespace nibble::kernels

#endif
