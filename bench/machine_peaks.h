#pragma once

#include <string>

#include "layers/network/step_cost.h"

namespace nibble::bench {

/// What this machine can do at most, measured by loops that do nothing else, on all threads together: what
/// kernels and layers are compared with.
struct MachinePeaks {
  int threads = 0;
  // Operations a second in registers, a product and its addition being two; 0: no such instruction.
  double float32 = 0;
  double bfloat16 = 0;  // vdpbf16ps
  double int8 = 0;      // vpdpbusd, unsigned times signed bytes
  // Bytes a second of a = b + s·c, read and written, on arrays that fit the cache or none.
  double level2 = 0, level3 = 0, memory = 0;

  /// The roof over these products; float32's where they have none of their own.
  double operations(Products products) const;
};

/// Takes two or three seconds. Each figure is the best of several runs.
MachinePeaks measure_peaks();

/// "2 threads: 233 GFLOP/s float32, ..."
std::string describe(const MachinePeaks& peaks);

}  // namespace nibble::bench
