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

// Micro-benchmarks of the kernels and of the chains with quantizers, on the layers of the nets. Each is named
// KERNEL/NET/NODE. It reports GB/s and GOP/s, with operands and results counted once, as in
// layers/network/step_cost.h. It also reports the percentage of the machine's peak arithmetic and of its
// memory rate (over 100 if the operands are in a cache).

/// Adds a benchmark whose iterations are timed one by one.
void add_benchmark(const std::string& name, const std::function<void(benchmark::State&)>& run);

/// Sets the counters for iterations that do the work `cost` in this time.
void report(benchmark::State& state, const PassCost& cost, const MachinePeaks& peaks, double seconds);

/// Runs the iterations: work(prepare()). Only the work is timed.
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

/// The name of a net, a batch, and the network in float and quantized (quantizers not initialized). Only the
/// shapes are used.
struct NetShapes {
  std::string name;
  long batch;
  Network real, quantized;
};

/// Selects the nodes that differ in what they compute: of the nodes with equal keys, only the first of each
/// net.
class Seen {
 public:
  bool first(const std::string& key) { return seen_.insert(key).second; }

 private:
  std::set<std::string> seen_;
};

// Each function adds the benchmarks of a family. peaks and nets must live until the run ends.
void add_convolutions(const std::vector<NetShapes>& nets, const MachinePeaks& peaks);
void add_chains(std::vector<NetShapes>& nets, const MachinePeaks& peaks);
void add_integers(const std::vector<NetShapes>& nets, const MachinePeaks& peaks);
void add_others(const std::vector<NetShapes>& nets, const MachinePeaks& peaks);

}  // namespace nibble::bench
