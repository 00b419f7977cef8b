#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/parts/parts.h"
#include "core/files/atomic_file.h"
#include "experiments/launch/child_process.h"
#include "experiments/process/machine.h"
#include "experiments/process/signals.h"

namespace nibble::bench {

namespace {

nlohmann::ordered_json infer(const BenchNet& net, long batch, int threads, int rounds) {
  const CapturedChild child = run_captured({program_beside_us("integer_inference"), "--net", net.name,
                                            "--batch", std::to_string(batch), "--threads",
                                            std::to_string(threads), "--rounds", std::to_string(rounds)});
  if (stop_requested()) return {};
  check(child.result.exit_code == 0, "integer_inference on ", net.name, ": ", child.result.how);
  return nlohmann::ordered_json::parse(child.output);
}

void print(const nlohmann::ordered_json& line) {
  const auto number = [&](const char* key) { return line.at(key).get<double>(); };
  std::cout << fmt::format(
                   "  {:<17}batch {:>3}, threads {}{:>10.2f} ms, oneDNN int8 {:>8.2f} ms, ratio {:.2f}\n",
                   line.at("net").get<std::string>(), line.at("batch").get<long>(),
                   line.at("threads").get<long>(), number("nibble_ms"), number("onednn_int8_ms"),
                   number("ratio"))
            << std::flush;
}

}  // namespace

void measure_inference(const BenchOptions& options) {
  if (!std::filesystem::exists(program_beside_us("integer_inference"))) {
    std::cout << "inference: integer_inference is not built; configure with -DNIBBLE_BENCH=ON and oneDNN\n";
    return;
  }
  nlohmann::ordered_json json{{"cpu", this_machine().cpu}, {"revision", revision()}, {"utc", utc_now()}};
  std::cout << "integer inference, W4A4\n";
  for (const BenchNet& net : options.nets) {
    if (net.reads_text() || net.finds_boxes) {
      std::cout << "  " << net.name << " is left out: this part compares with oneDNN's int8 convolutions"
                << (net.finds_boxes ? "; bench/detector_speed.sh compares with OpenCV" : "") << "\n";
      continue;
    }
    for (const long batch : options.quick ? std::vector<long>{1} : std::vector<long>{1, 64}) {
      for (int threads = 1; threads <= options.contest.threads; ++threads) {
        const auto line = infer(net, batch, threads, options.contest.rounds);
        if (stop_requested()) return;
        print(line);
        json["runs"].push_back(line);
      }
    }
  }
  write_text_atomically((options.out / "inference.json").string(), json.dump(1) + "\n");
}

}  // namespace nibble::bench
