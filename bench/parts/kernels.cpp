#include <iostream>

#include "bench/parts/parts.h"
#include "core/files/atomic_file.h"
#include "experiments/launch/child_process.h"
#include "experiments/process/signals.h"

namespace nibble::bench {

void measure_kernels(const BenchOptions& options) {
  const std::string program = program_beside_us("kernels_bench");
  check(std::filesystem::exists(program), program, " is not built; configure with -DNIBBLE_BENCH=ON");
  std::vector<std::string> words{"/usr/bin/env", str("NIBBLE_THREADS=", options.contest.threads), program,
                                 "--benchmark_out_format=json",
                                 "--benchmark_out=" + (options.out / "kernels.json").string()};
  if (options.quick) words.insert(words.end(), {"--benchmark_filter=resnet20", "--benchmark_min_time=0.01"});
  const CapturedChild child = run_captured(words);
  if (stop_requested()) return;
  check(child.result.exit_code == 0, "kernels_bench: ", child.result.how);
  const std::string text = (options.out / "kernels.txt").string();
  write_text_atomically(text, child.output);
  std::cout << "kernels: " << text << "\n" << std::flush;
}

}  // namespace nibble::bench
