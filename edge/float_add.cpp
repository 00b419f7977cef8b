#include "edge/float_add.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/code_registers.h"
#include "edge/fixed_point.h"

namespace nibble::edge {

namespace {

#ifdef __x86_64__

using kernels::has_vnni;

// 16 lines of two codes each, their whole part.
NIBBLE_VNNI inline __m512i lines(const std::uint8_t* q1, const std::uint8_t* q2, __m512 gain1, __m512 gain2,
                                 __m512 addend) {
  constexpr __mmask16 kAll = kernels::kAllLanes;
  const __m512i code1 =
      _mm512_maskz_cvtepu8_epi32(kAll, _mm_loadu_si128(reinterpret_cast<const __m128i*>(q1)));
  const __m512i code2 =
      _mm512_maskz_cvtepu8_epi32(kAll, _mm_loadu_si128(reinterpret_cast<const __m128i*>(q2)));
  const __m512 line = _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(kAll, code1), gain1,
                                      _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(kAll, code2), gain2, addend));
  return _mm512_maskz_cvttps_epi32(kAll, line);
}

NIBBLE_VNNI void add_by_64(const std::uint8_t* q1, const std::uint8_t* q2, long n, float gain1, float gain2,
                           float addend, const kernels::CodeLimits& limits, std::uint8_t* codes) {
  const __m512 g1 = _mm512_set1_ps(gain1), g2 = _mm512_set1_ps(gain2), a = _mm512_set1_ps(addend);
  for (long i = 0; i < n; i += 64) {
    __m512i sums[4];
    for (long k = 0; k < 4; ++k) sums[k] = lines(q1 + i + 16 * k, q2 + i + 16 * k, g1, g2, a);
    const __m512i mixed = kernels::as_codes(sums[0], sums[1], sums[2], sums[3], limits);
    _mm512_storeu_si512(codes + i, kernels::in_order(mixed));
  }
}

NIBBLE_VNNI void add_all(const std::uint8_t* q1, const std::uint8_t* q2, long n, float gain1, float gain2,
                         float addend, int lo, int hi, std::uint8_t* codes) {
  const kernels::CodeLimits limits = kernels::code_limits(lo, hi);
  const long whole = n / 64 * 64;
  add_by_64(q1, q2, whole, gain1, gain2, addend, limits, codes);
  if (whole == n) return;
  std::uint8_t last1[64] = {}, last2[64] = {}, last[64];
  std::copy(q1 + whole, q1 + n, last1);
  std::copy(q2 + whole, q2 + n, last2);
  add_by_64(last1, last2, 64, gain1, gain2, addend, limits, last);
  std::copy(last, last + (n - whole), codes + whole);
}

#else

bool has_vnni() { return false; }
void add_all(const std::uint8_t*, const std::uint8_t*, long, float, float, float, int, int, std::uint8_t*) {}

#endif

}  // namespace

FloatAdd::FloatAdd(const IntegerAdd& add)
    : gain1_(static_cast<float>(std::ldexp(add.line.mult1, -add.shift))),
      gain2_(static_cast<float>(std::ldexp(add.line.mult2, -add.shift))),
      addend_(static_cast<float>(std::ldexp(static_cast<double>(add.line.offset), -add.shift))),
      lo_(add.lo),
      hi_(add.hi) {}

std::optional<FloatAdd> FloatAdd::equal_to(const IntegerAdd& add, int top1, int top2) {
  if (!has_vnni() || add.line2) return std::nullopt;
  const FloatAdd floats(add);
  const auto n = static_cast<std::size_t>(top2 + 1);
  std::vector<std::uint8_t> first(n), second(n), codes(n);
  for (int q2 = 0; q2 <= top2; ++q2) second[static_cast<std::size_t>(q2)] = static_cast<std::uint8_t>(q2);
  for (int q1 = 0; q1 <= top1; ++q1) {
    std::fill(first.begin(), first.end(), static_cast<std::uint8_t>(q1));
    floats(first.data(), second.data(), static_cast<long>(n), codes.data());
    for (int q2 = 0; q2 <= top2; ++q2) {
      if (codes[static_cast<std::size_t>(q2)] != apply(add, q1, q2)) return std::nullopt;
    }
  }
  return floats;
}

void FloatAdd::operator()(const std::uint8_t* q1, const std::uint8_t* q2, long n, std::uint8_t* codes) const {
  add_all(q1, q2, n, gain1_, gain2_, addend_, lo_, hi_, codes);
}

}  // namespace nibble::edge
