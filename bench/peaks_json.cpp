#include "bench/peaks_json.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/process/machine.h"

namespace nibble::bench {

namespace {

struct Field {
  const char* key;
  double MachinePeaks::*figure;
};
constexpr Field kFields[] = {
    {"float32_gops", &MachinePeaks::float32},   {"bfloat16_gops", &MachinePeaks::bfloat16},
    {"int8_gops", &MachinePeaks::int8},         {"level2_gb_per_s", &MachinePeaks::level2},
    {"level3_gb_per_s", &MachinePeaks::level3}, {"memory_gb_per_s", &MachinePeaks::memory},
};

}  // namespace

std::string peaks_to_json(const MachinePeaks& peaks) {
  nlohmann::ordered_json json{{"cpu", this_machine().cpu}, {"threads", peaks.threads}};
  for (const Field& field : kFields) json[field.key] = 1e-9 * peaks.*field.figure;
  return json.dump(1) + "\n";
}

MachinePeaks read_peaks(const std::string& path) {
  std::ifstream file(path);
  check(file.is_open(), path,
        ": cannot be read, expected the peaks of a machine; --parts machine measures them");
  try {
    const auto json = nlohmann::json::parse(file);
    MachinePeaks peaks;
    peaks.threads = json.at("threads");
    for (const Field& field : kFields) peaks.*field.figure = 1e9 * json.at(field.key).get<double>();
    return peaks;
  } catch (const nlohmann::json::exception& error) {
    fail(path, ": holds no peaks of a machine: ", error.what());
  }
}

}  // namespace nibble::bench
