#include "bench/machine_peaks.h"

#if defined(__x86_64__)
#include <fmt/format.h>
#include <immintrin.h>
#endif

#include <algorithm>
#include <chrono>
#include <fstream>

#include "core/array.h"
#include "core/buffer_pool.h"
#include "core/parallel.h"

namespace nibble::bench {

namespace {

constexpr int kRuns = 5;
constexpr double kSecondsOfRun = 0.03;
constexpr int kChains = 12;  // accumulators: more than latency times throughput, fewer than registers

// The best rate of several runs of work(repeats) on all threads at once: amount · repeats · threads / time.
template <typename Work>
double best_rate(double amount, const Work& work) {
  const auto run = [&](long repeats) {
    const auto start = std::chrono::steady_clock::now();
    parallel_for(threads(), [&](long thread) { work(thread, repeats); });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  long repeats = 1;
  while (run(repeats) < kSecondsOfRun) repeats *= 2;
  double best = 0;
  for (int i = 0; i < kRuns; ++i)
    best = std::max(best, amount * static_cast<double>(repeats * threads()) / run(repeats));
  return best;
}

// The rate of independent chains of one instruction in registers. operations: those of one instruction.
template <typename Vector, typename Instruction>
double instruction_rate(double operations, Vector start, const Instruction& instruction) {
  constexpr long kInner = 1000;
  return best_rate(operations * kChains * kInner, [&](long, long repeats) {
    Vector chain[kChains];
    for (Vector& c : chain) c = start;
    for (long i = 0; i < repeats * kInner; ++i) {
#pragma GCC unroll 12
      for (int k = 0; k < kChains; ++k) chain[k] = instruction(chain[k]);
    }
    // The compiler must assume that the sums are used. They stay in registers; otherwise the loop would keep
    // them in memory.
#pragma GCC unroll 12
    for (int k = 0; k < kChains; ++k) asm volatile("" : : "x"(chain[k]));
  });
}

double float32_rate() {
#if defined(__AVX512F__)
  const __m512 factor = _mm512_set1_ps(0.999F), summand = _mm512_set1_ps(0.001F);
  return instruction_rate(2 * 16, _mm512_set1_ps(1),
                          [&](__m512 x) { return _mm512_fmadd_ps(x, factor, summand); });
#elif defined(__AVX2__) && defined(__FMA__)
  const __m256 factor = _mm256_set1_ps(0.999F), summand = _mm256_set1_ps(0.001F);
  return instruction_rate(2 * 8, _mm256_set1_ps(1),
                          [&](__m256 x) { return _mm256_fmadd_ps(x, factor, summand); });
#else
  using Four = float __attribute__((vector_size(16)));
  const Four factor{0.999F, 0.999F, 0.999F, 0.999F}, summand{0.001F, 0.001F, 0.001F, 0.001F};
  return instruction_rate(2 * 4, Four{1, 1, 1, 1}, [&](Four x) { return x * factor + summand; });
#endif
}

double bfloat16_rate() {
#if defined(__AVX512BF16__)
  const __m512bh operand = reinterpret_cast<__m512bh>(_mm512_setzero_ps());
  return instruction_rate(2 * 32, _mm512_setzero_ps(),
                          [&](__m512 x) { return _mm512_dpbf16_ps(x, operand, operand); });
#else
  return 0;
#endif
}

double int8_rate() {
#if defined(__AVX512VNNI__)
  const __m512i operand = _mm512_set1_epi8(1);
  return instruction_rate(2 * 64, _mm512_setzero_si512(),
                          [&](__m512i x) { return _mm512_dpbusd_epi32(x, operand, operand); });
#else
  return 0;
#endif
}

// a = b + s·c on three arrays per thread, which have `bytes` bytes together.
double triad_rate(long bytes) {
  const long n = std::max(bytes / (3 * static_cast<long>(sizeof(Real))), 1024L);
  std::vector<Tensor> arrays;
  for (int i = 0; i < 3 * threads(); ++i) arrays.emplace_back(Shape{n});
  return best_rate(static_cast<double>(3 * n) * sizeof(Real), [&](long thread, long repeats) {
    Real* const __restrict a = arrays[static_cast<std::size_t>(3 * thread)].data();
    const Real* const __restrict b = arrays[static_cast<std::size_t>(3 * thread + 1)].data();
    const Real* const __restrict c = arrays[static_cast<std::size_t>(3 * thread + 2)].data();
    for (long r = 0; r < repeats; ++r) {
      for (long i = 0; i < n; ++i) a[i] = b[i] + Real(0.5) * c[i];
      asm volatile("" : : : "memory");  // so that every repetition writes
    }
  });
}

// The cache size of the first core as the kernel reports it ("32768K"), or a usual size if it reports none.
// (sysconf reports the third-level cache of a whole package, but a core cannot use all of it.)
long cache_size(int level, long otherwise) {
  std::ifstream file(str("/sys/devices/system/cpu/cpu0/cache/index", level, "/size"));
  long size = 0;
  char unit = 0;
  if (!(file >> size >> unit) || size <= 0) return otherwise;
  return unit == 'M' ? size << 20 : size << 10;
}

}  // namespace

double MachinePeaks::operations(Products products) const {
  if (products == Products::int8 && int8 > 0) return int8;
  if (products == Products::bfloat16 && bfloat16 > 0) return bfloat16;
  return float32;
}

MachinePeaks measure_peaks() {
  const long level2 = cache_size(2, 1L << 20);
  const long level3 = cache_size(3, 16L << 20);
  MachinePeaks peaks;
  peaks.threads = threads();
  peaks.float32 = float32_rate();
  peaks.bfloat16 = bfloat16_rate();
  peaks.int8 = int8_rate();
  peaks.level2 = triad_rate(level2 / 2);
  // All threads share a level, perhaps with other programs. A third of it is likely to be available.
  peaks.level3 = triad_rate(std::max(level3 / (3 * threads()), 2 * level2));
  peaks.memory = triad_rate(std::max(4 * level3, 256L << 20) / threads());
  // A new process starts with the memory of its parent, and the system counts that as its peak.
  buffer_pool::trim();
  return peaks;
}

std::string describe(const MachinePeaks& peaks) {
  const auto giga = [](double value, const char* unit) {
    return value > 0 ? fmt::format("{:.0f}{}", 1e-9 * value, unit) : std::string("no ");
  };
  return str(peaks.threads, " threads: ", giga(peaks.float32, " GFLOP/s "), "float32, ",
             giga(peaks.bfloat16, " GFLOP/s "), "bfloat16, ", giga(peaks.int8, " GOP/s "), "int8; ",
             giga(peaks.level2, " GB/s "), "second-level cache, ", giga(peaks.level3, " GB/s "),
             "third-level cache, ", giga(peaks.memory, " GB/s "), "memory");
}

}  // namespace nibble::bench
