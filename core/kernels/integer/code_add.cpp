#include "core/kernels/integer/code_add.h"

#include <algorithm>

#include "core/check.h"
#include "core/kernels/integer/code_registers.h"

namespace nibble::kernels {

#ifdef __x86_64__

namespace {

struct Line {
  __m512 gain1, gain2, addend;
};

// The whole part of 16 lines, each of two codes.
NIBBLE_VNNI inline __m512i sixteen(const Line& line, const std::uint8_t* q1, const std::uint8_t* q2) {
  const __m512i code1 =
      _mm512_maskz_cvtepu8_epi32(kAllLanes, _mm_loadu_si128(reinterpret_cast<const __m128i*>(q1)));
  const __m512i code2 =
      _mm512_maskz_cvtepu8_epi32(kAllLanes, _mm_loadu_si128(reinterpret_cast<const __m128i*>(q2)));
  const __m512 second = _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(kAllLanes, code2), line.gain2, line.addend);
  return _mm512_maskz_cvttps_epi32(
      kAllLanes, _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(kAllLanes, code1), line.gain1, second));
}

NIBBLE_VNNI void add_by_64(const CodeAddLine& line, const std::uint8_t* q1, const std::uint8_t* q2, long n,
                           std::uint8_t* codes) {
  const Line wide{_mm512_set1_ps(line.gain1), _mm512_set1_ps(line.gain2), _mm512_set1_ps(line.addend)};
  const CodeLimits limits = code_limits(line.lo, line.hi);
  for (long i = 0; i < n; i += 64) {
    __m512i sums[4];
    for (long k = 0; k < 4; ++k) sums[k] = sixteen(wide, q1 + i + 16 * k, q2 + i + 16 * k);
    _mm512_storeu_si512(codes + i, in_order(as_codes(sums[0], sums[1], sums[2], sums[3], limits)));
  }
}

}  // namespace

bool code_add_fits() { return has_vnni(); }

void code_add(const CodeAddLine& line, const std::uint8_t* q1, const std::uint8_t* q2, long n,
              std::uint8_t* codes) {
  const long whole = n / 64 * 64;
  add_by_64(line, q1, q2, whole, codes);
  if (whole == n) return;
  std::uint8_t last1[64] = {}, last2[64] = {}, last[64];
  std::copy(q1 + whole, q1 + n, last1);
  std::copy(q2 + whole, q2 + n, last2);
  add_by_64(line, last1, last2, 64, last);
  std::copy(last, last + (n - whole), codes + whole);
}

#else

bool code_add_fits() { return false; }

void code_add(const CodeAddLine&, const std::uint8_t*, const std::uint8_t*, long, std::uint8_t*) {
  fail("code add: this processor has no such registers, expected code_add_fits to be asked");
}

#endif

}  // namespace nibble::kernels
