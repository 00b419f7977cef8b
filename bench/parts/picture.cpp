#include <iostream>

#include "bench/parts/parts.h"
#include "bench/peaks_json.h"
#include "bench/roofline.h"
#include "core/files/atomic_file.h"
#include "experiments/profile/profile_json.h"

namespace nibble::bench {

void draw_rooflines(const BenchOptions& options) {
  const MachinePeaks peaks = read_peaks(options.machine_json().string());
  for (const BenchNet& net : options.nets) {
    std::vector<StepProfile> profiles;  // those that exist
    for (const std::string& mode : bench_modes()) {
      const std::filesystem::path path = options.profile_json(net, mode);
      if (std::filesystem::exists(path)) profiles.push_back(read_profile(path.string()));
    }
    check(!profiles.empty(), "picture: found no profile of ", net.name, " in ", options.out.string(),
          ", expected --parts profiles before");
    const std::string path = (options.out / ("roofline_" + net.name + ".svg")).string();
    write_text_atomically(path, roofline_svg(profiles, peaks));
    std::cout << "picture: " << path << "\n" << std::flush;
  }
}

}  // namespace nibble::bench
