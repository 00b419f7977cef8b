#pragma once

#include <string>

#include "bench/machine_peaks.h"

namespace nibble::bench {

/// The peaks in giga-operations and gigabytes a second, with the name of the processor.
std::string peaks_to_json(const MachinePeaks& peaks);

/// Reads them from a file. Throws Error with the path.
MachinePeaks read_peaks(const std::string& path);

}  // namespace nibble::bench
