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

/// Of the program: "0.1.0".
std::string version();

/// The commit that the program was built from, "-dirty" appended if files differed; "unknown" outside of a
/// clone.
std::string revision();

/// Why the program does without something that processors may have: "this processor has no VNNI", or that the
/// program was built without the library that would use it.
std::string why_without(const std::string& feature);

/// Now, as 2026-01-31T12:00:00Z.
std::string utc_now();

/// The most memory that the process has held so far.
long peak_memory_bytes();

}  // namespace nibble
