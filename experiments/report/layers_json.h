#pragma once

#include <nlohmann/json.hpp>

#include "experiments/results/record.h"

namespace nibble::report {

/// The nodes of a run's network, as `nibble inspect` shows them. The network is built anew from the record's
/// config, with this program and for this machine:
///   {"rows": [{"name", "kind", "shape", "parameters", "macs", "weight_bits", "activation_bits",
///              "weight_bytes", "runs_as"}]}
/// or {"why": SENTENCE} where it cannot be built, as where files that the config names are not here.
nlohmann::ordered_json layers_json(const RunRecord& record);

}  // namespace nibble::report
