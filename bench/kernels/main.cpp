// The micro-benchmarks. `--benchmark_filter=conv2d.*mobilenet` and the other switches belong to
// google-benchmark. NIBBLE_THREADS is the number of threads; by default all are used.

#include <cstdlib>
#include <iostream>

#include "bench/bench_nets.h"
#include "bench/kernels/benches.h"
#include "core/parallel.h"
#include "experiments/process/machine.h"
#include "experiments/process/spinning.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

int main(int count, char** words) {
  using namespace nibble;
  using namespace nibble::bench;
  restart_with_short_spins(words);
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 2;
  const char* const wanted = std::getenv("NIBBLE_THREADS");
  set_threads(wanted ? std::atoi(wanted) : 0);

  const MachinePeaks peaks = measure_peaks();
  benchmark::AddCustomContext("machine", describe(peaks));
  benchmark::AddCustomContext("revision", revision());
  std::vector<NetShapes> nets;
  for (const BenchNet& net : bench_nets()) {
    if (net.reads_text() || net.finds_boxes) continue;  // measured in whole steps
    const auto build = [&] {
      return build_model({.kind = net.name}, {net.side, net.side, 3}, net.classes, Rng(1));
    };
    nets.push_back({net.name, net.batch, build(), build()});
    QuantPolicy policy;
    policy.method = QuantMethod::learned_scale_shift;
    quantize(nets.back().quantized, policy);
  }
  add_convolutions(nets, peaks);
  add_chains(nets, peaks);
  add_integers(nets, peaks);
  add_others(nets, peaks);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
