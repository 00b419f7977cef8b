#pragma once

#include <string>

#include "layers/network/step_cost.h"

namespace nibble::bench {

/// The highest rates of this machine on all threads together, measured by loops that do nothing else. Kernels
/// and layers are compared with them.
struct MachinePeaks {
  int threads = 0;
  // Operations a second in registers; a product and its addition are two. 0: there is no such instruction.
  double float32 = 0;
  double bfloat16 = 0;  // vdpbf16ps
  double int8 = 0;      // vpdpbusd, unsigned times signed bytes
  // Bytes read and written a second by a = b + s·c, on arrays that fit the cache, or that fit none.
  double level2 = 0, level3 = 0, memory = 0;

  /// The peak rate of these products; that of float32 if they have no instruction of their own.
  double operations(Products products) const;
};

/// Measures the peaks in two or three seconds. Each figure is the best of several runs.
MachinePeaks measure_peaks();

/// "2 threads: 233 GFLOP/s float32, ..."
std::string describe(const MachinePeaks& peaks);

}  // namespace nibble::bench
