#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/contest.h"

namespace nibble::bench {

/// The options of `./nibble bench`.
struct BenchOptions {
  bool quick = false;
  std::vector<std::string> parts;
  std::vector<BenchNet> nets;
  std::filesystem::path out;  // the directory of all results
  std::string peer;           // the peer's script, which may be absent
  ContestOptions contest;     // without its peer, which the part looks for

  std::filesystem::path machine_json() const { return out / "machine.json"; }
  std::filesystem::path profile_json(const BenchNet& net, const std::string& mode) const {
    return out / ("profile_" + net.name + "_" + mode + ".json");
  }
};

/// Reads the words of the command line. Throws UsageError for unknown ones.
BenchOptions read_bench_options(const std::vector<std::string>& words);

/// The path of a program that was built beside this one.
std::string program_beside_us(const char* name);

}  // namespace nibble::bench
