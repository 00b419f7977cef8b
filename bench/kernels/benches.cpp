#include "bench/kernels/benches.h"

#include "core/random.h"

namespace nibble::bench {

void add_benchmark(const std::string& name, const std::function<void(benchmark::State&)>& run) {
  benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Unit(benchmark::kMillisecond);
}

void report(benchmark::State& state, const PassCost& cost, const MachinePeaks& peaks, double seconds) {
  state.counters["GB/s"] = 1e-9 * cost.bytes / seconds;
  state.counters["GOP/s"] = 1e-9 * cost.operations / seconds;
  state.counters["%arithmetic"] = 100 * cost.operations / seconds / peaks.operations(cost.products);
  state.counters["%memory"] = 100 * cost.bytes / seconds / peaks.memory;
}

Tensor random_tensor(const Shape& shape) {
  Rng rng(1);
  Tensor x = Tensor::uninitialized(shape);
  for (Real& value : x) value = rng.normal();
  return x;
}

}  // namespace nibble::bench
