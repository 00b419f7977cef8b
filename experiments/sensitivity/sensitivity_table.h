#pragma once

#include "experiments/process/table.h"
#include "experiments/sensitivity/sensitivity.h"

namespace nibble {

/// For people: a row a part; signal-to-noise for each number of bits, then the metric for each.
Table sensitivity_table(const Sensitivity& sensitivity);

/// For programs: a row a measurement, with the columns layer, what, bits, values, snr_db and the metric's
/// name. An output that does not change has an snr_db of inf.
Table sensitivity_rows(const Sensitivity& sensitivity);

}  // namespace nibble
