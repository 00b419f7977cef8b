#pragma once

#include "core/check.h"
#include "core/parallel.h"

namespace nibble {

/// Which part of each batch a stream makes: all of it, or part `index` of `count` equal ones
/// (core/parts/batch_parts.h).
struct BatchShare {
  long index = 0, count = 1;

  /// The samples of a batch of n that belong to the part. Throws Error in the name of `who` where the parts
  /// are not equal.
  Range of(long n, const char* who) const {
    check(n % count == 0, who, ": found ", n, " samples for ", count,
          " parts, expected a number that they divide");
    return {n / count * index, n / count * (index + 1)};
  }
};

}  // namespace nibble
