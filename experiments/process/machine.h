#pragma once

#include <string>

namespace nibble {

struct Machine {
  std::string hostname;
  std::string cpu;
  int threads = 0;

  bool operator==(const Machine&) const = default;
};

/// Host name, processor and the threads in use.
Machine this_machine();

/// "0.1.0"
std::string version();

/// The commit that the program was built from, "-dirty" appended if files differed; "unknown" outside of a
/// clone.
std::string revision();

/// Now, as 2026-01-31T12:00:00Z.
std::string utc_now();

/// The most memory that the process has held so far.
long peak_memory_bytes();

}  // namespace nibble
