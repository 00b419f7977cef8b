#include <iostream>

#include "bench/machine_peaks.h"
#include "bench/parts/parts.h"
#include "bench/peaks_json.h"
#include "core/files/atomic_file.h"

namespace nibble::bench {

void measure_machine(const BenchOptions& options) {
  const MachinePeaks peaks = measure_peaks();
  write_text_atomically(options.machine_json().string(), peaks_to_json(peaks));
  std::cout << "machine: " << describe(peaks) << "\n" << std::flush;
}

}  // namespace nibble::bench
