#pragma once

#include <span>

#include "core/parts/batch_parts.h"
#include "core/parts/ranks.h"
#include "core/real.h"

namespace nibble {

// What several processes know together, the same in all of them to the last bit. Numbers of neighbours are
// combined first, (0 1)(2 3), then those of pairs, and so on, whatever way they travel. The number of
// processes is a power of two.

/// Combines the values of all ranks; each holds the outcome of so many parts. Every rank gets every value at
/// each level: log₂ R messages, for few values.
void reduce_over(Ranks& ranks, std::span<double> values, long parts_of_each,
                 const BatchParts::Combine& combine);

/// The first rank's value, in all of them.
double from_first(Ranks& ranks, double value);

/// Adds up the values of all ranks. Each sums a share of them and tells the others: 2 log₂ R messages, in
/// which each value is sent about twice (Rabenseifner 2004), for many values.
void sum_over(Ranks& ranks, std::span<Real> values, Channel channel);

}  // namespace nibble
