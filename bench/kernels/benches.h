#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "bench/machine_peaks.h"
#include "core/array.h"
#include "layers/network/network.h"

namespace nibble::bench {

// Micro-benchmarks of the kernels and of the quantizers' chains, on the layers of the nets. Each is named
// KERNEL/NET/NODE and reports GB/s and GOP/s (operands and results once, as layers/network/step_cost.h
// counts), and percent of what this machine can do: of its arithmetic, and of its memory (more than 100 where
// the operands lie in a cache).

/// Adds a benchmark whose every iteration is timed by itself.
void add_benchmark(const std::string& name, const std::function<void(benchmark::State&)>& run);

/// Counters for an iteration that has to do `cost` and takes so long.
void report(benchmark::State& state, const PassCost& cost, const MachinePeaks& peaks, double seconds);

/// The iterations: work(prepare()), of which only the work is timed.
template <typename Prepare, typename Work>
void measure(benchmark::State& state, const PassCost& cost, const MachinePeaks& peaks, const Prepare& prepare,
             const Work& work) {
  using Clock = std::chrono::steady_clock;
  double total = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto prepared = prepare();
    const Clock::time_point start = Clock::now();
    work(prepared);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    state.SetIterationTime(seconds);
    total += seconds;
  }
  report(state, cost, peaks, total / static_cast<double>(state.iterations()));
}
template <typename Work>
void measure(benchmark::State& state, const PassCost& cost, const MachinePeaks& peaks, const Work& work) {
  measure(
      state, cost, peaks, [] { return 0; }, [&](int) { work(); });
}

/// Normally distributed values, from a fixed seed.
Tensor random_tensor(const Shape& shape);

/// A net's name, a batch, and the network in float and quantized (quantizers not initialized), for its
/// shapes.
struct NetShapes {
  std::string name;
  long batch;
  Network real, quantized;
};

/// Nodes that differ in what they compute, each kind of work once a net: the first of those with an equal
/// key.
class Seen {
 public:
  bool first(const std::string& key) { return seen_.insert(key).second; }

 private:
  std::set<std::string> seen_;
};

// Each adds the benchmarks of a family. peaks and nets must outlive the run.
void add_convolutions(const std::vector<NetShapes>& nets, const MachinePeaks& peaks);
void add_chains(std::vector<NetShapes>& nets, const MachinePeaks& peaks);
void add_integers(const std::vector<NetShapes>& nets, const MachinePeaks& peaks);
void add_others(const std::vector<NetShapes>& nets, const MachinePeaks& peaks);

}  // namespace nibble::bench
