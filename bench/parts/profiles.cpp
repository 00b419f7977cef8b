#include <iostream>
#include <sstream>

#include "bench/parts/parts.h"
#include "core/files/atomic_file.h"
#include "experiments/process/signals.h"
#include "experiments/profile/profile_json.h"
#include "experiments/profile/profile_table.h"

namespace nibble::bench {

void measure_profiles(const BenchOptions& options) {
  for (const BenchNet& net : options.nets) {
    for (const std::string& mode : bench_modes()) {
      const std::filesystem::path path = options.profile_json(net, mode);
      const Contestant ours{"nibble",
                            {options.contest.train_step, "--net", net.name, "--mode", mode, "--steps",
                             std::to_string(options.contest.steps), "--threads",
                             std::to_string(options.contest.threads), "--profile", path.string()}};
      const Attempt outcome = attempt(ours, 1);
      if (stop_requested()) return;
      check(outcome.failure.empty(), "the profile of ", net.name, ": ", outcome.failure);
      std::ostringstream table;
      print_profile(read_profile(path.string()), table);
      std::filesystem::path text = path;
      text.replace_extension(".txt");
      write_text_atomically(text.string(), table.str());
      std::cout << "profile of " << net.name << ", " << mode << ": " << text.string() << "\n" << std::flush;
    }
  }
}

}  // namespace nibble::bench
