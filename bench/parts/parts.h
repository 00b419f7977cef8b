#pragma once

#include <vector>

#include "bench/parts/bench_options.h"

namespace nibble::bench {

/// A part of `./nibble bench`. Each part writes files to the directory of the options, prints what it wrote,
/// and returns early after a signal.
struct Part {
  const char* name;
  void (*run)(const BenchOptions&);
};
const std::vector<Part>& bench_parts();  // in order: the picture needs machine and profiles

void measure_machine(const BenchOptions&);    // peaks → machine.json
void measure_steps(const BenchOptions&);      // with the peer → summary.csv, steps_NET.json
void measure_inference(const BenchOptions&);  // with oneDNN int8 → inference.json
void measure_profiles(const BenchOptions&);   // → profile_NET_MODE.json, .txt
void measure_kernels(const BenchOptions&);    // google-benchmark → kernels.json, .txt
void draw_rooflines(const BenchOptions&);     // → roofline_NET.svg

}  // namespace nibble::bench
