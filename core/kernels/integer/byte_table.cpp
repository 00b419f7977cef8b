#include "core/kernels/integer/byte_table.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace nibble::kernels {

namespace plain {
void look_up(const ByteTable& table, const std::uint8_t* from, long n, std::uint8_t* to) {
  for (long i = 0; i < n; ++i) to[i] = table[from[i]];
}
}  // namespace plain

#ifdef __x86_64__
namespace {

bool permutes_bytes() {
  static const bool can = __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
  return can;
}

// Each register holds a quarter of the table. Bits 0 to 6 of a code choose within two registers, bit 7
// chooses the two.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) long look_up_64(const ByteTable& table,
                                                                       const std::uint8_t* from, long n,
                                                                       std::uint8_t* to) {
  const __m512i t0 = _mm512_loadu_si512(table.data()), t1 = _mm512_loadu_si512(table.data() + 64);
  const __m512i t2 = _mm512_loadu_si512(table.data() + 128), t3 = _mm512_loadu_si512(table.data() + 192);
  long i = 0;
  for (; i + 64 <= n; i += 64) {
    const __m512i q = _mm512_loadu_si512(from + i);
    const __m512i low = _mm512_permutex2var_epi8(t0, q, t1), high = _mm512_permutex2var_epi8(t2, q, t3);
    _mm512_storeu_si512(to + i, _mm512_mask_blend_epi8(_mm512_movepi8_mask(q), low, high));
  }
  return i;
}

}  // namespace
#endif

void look_up(const ByteTable& table, const std::uint8_t* from, long n, std::uint8_t* to) {
  long done = 0;
#ifdef __x86_64__
  if (permutes_bytes()) done = look_up_64(table, from, n, to);
#endif
  plain::look_up(table, from + done, n - done, to + done);
}

}  // namespace nibble::kernels
