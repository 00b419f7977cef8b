#pragma once

#include <vector>

#include "bench/parts/bench_options.h"

namespace nibble::bench {

/// What `./nibble bench` consists of. Each part writes to the directory of the options, says on standard
/// output what it wrote, and returns early after a signal.
struct Part {
  const char* name;
  void (*run)(const BenchOptions&);
};
const std::vector<Part>& bench_parts();  // in order: the picture needs machine and profiles

void measure_machine(const BenchOptions&);    // peaks → machine.json
void measure_steps(const BenchOptions&);      // beside the peer → summary.csv, steps_NET.json
void measure_inference(const BenchOptions&);  // beside oneDNN int8 → inference.json
void measure_profiles(const BenchOptions&);   // → profile_NET_MODE.json, .txt
void measure_kernels(const BenchOptions&);    // google-benchmark → kernels.json, .txt
void draw_rooflines(const BenchOptions&);     // → roofline_NET.svg

}  // namespace nibble::bench
