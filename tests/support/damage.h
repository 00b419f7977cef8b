#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/check.h"

namespace nibble {

/// About `count` lengths 0 ≤ n < size: the first and last ones, and some between.
inline std::vector<std::size_t> truncations(std::size_t size, std::size_t count) {
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n < size; n += std::max<std::size_t>(1, size / count)) lengths.push_back(n);
  for (std::size_t n = size > 16 ? size - 16 : 0; n < size; ++n) lengths.push_back(n);
  return lengths;
}

/// The message of the Error that a call throws; empty if it throws none. Any other exception goes on.
template <typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace nibble
