#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/contest.h"

namespace nibble::bench {

/// What `./nibble bench` is asked for.
struct BenchOptions {
  bool quick = false;
  std::vector<std::string> parts;
  std::vector<BenchNet> nets;
  std::filesystem::path out;  // directory of all results
  std::string peer;           // the peer's script, which need not be there
  ContestOptions contest;     // but for its peer: whoever measures looks for that

  std::filesystem::path machine_json() const { return out / "machine.json"; }
  std::filesystem::path profile_json(const BenchNet& net, const std::string& mode) const {
    return out / ("profile_" + net.name + "_" + mode + ".json");
  }
};

/// From the words of the command line. Throws UsageError for what is unknown.
BenchOptions read_bench_options(const std::vector<std::string>& words);

/// The path of a program that was built beside this one.
std::string program_beside_us(const char* name);

}  // namespace nibble::bench
