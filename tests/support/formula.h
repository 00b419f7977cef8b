#pragma once

#include <cstdint>
#include <string>

namespace nibble {

/// The weights of ../shared/data/structure_reference, by name and index: u(name, i) in [0, 1), splitmix64
/// from the FNV-1a hash of the name.
class Formula {
 public:
  explicit Formula(const std::string& name) {
    for (const char c : name) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  double u(long i) const {
    std::uint64_t z = hash_ + (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return static_cast<double>(z >> 40) / 16777216.0;
  }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace nibble
