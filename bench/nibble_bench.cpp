// The program behind ./nibble bench. Each part runs in its own processes or alone, so that no part affects
// the next.

#include <filesystem>

#include "bench/parts/parts.h"
#include "bench/program.h"

namespace nibble::bench {

const std::vector<Part>& bench_parts() {
  static const std::vector<Part> parts{
      {"machine", measure_machine},   {"steps", measure_steps},     {"inference", measure_inference},
      {"profiles", measure_profiles}, {"kernels", measure_kernels}, {"picture", draw_rooflines},
  };
  return parts;
}

namespace {

int bench(const std::vector<std::string>& words) {
  const BenchOptions options = read_bench_options(words);
  std::filesystem::create_directories(options.out);
  for (const Part& part : bench_parts()) {
    if (std::find(options.parts.begin(), options.parts.end(), part.name) == options.parts.end()) continue;
    part.run(options);
    if (stop_requested()) return kInterrupted;
  }
  std::cout << "results: " << options.out.string() << "\n";
  return kSuccess;
}

}  // namespace

}  // namespace nibble::bench

int main(int count, char** words) {
  return nibble::bench::run_program("nibble bench", count, words, nibble::bench::bench);
}
