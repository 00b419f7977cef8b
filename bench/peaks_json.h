#pragma once

#include <string>

#include "bench/machine_peaks.h"

namespace nibble::bench {

/// In giga-operations and gigabytes a second, with the processor's name.
std::string peaks_to_json(const MachinePeaks& peaks);

/// Back from a file. Throws Error with the path.
MachinePeaks read_peaks(const std::string& path);

}  // namespace nibble::bench
