#pragma once

#include <cstdint>

#include "datasets/images/image_source.h"

namespace nibble {

/// The first n samples; 0 < n ≤ split.size(), else an Error.
Split first_samples(const Split& split, long n);

struct TrainAndValidation {
  Split train, validation;
};

/// Takes a share of a training split away from it for validation: ⌊share · size + ½⌋ samples, which are drawn
/// from Rng(seed).stream("validation"). Both parts keep the order of the split. An Error refuses a share that
/// leaves one of them empty.
TrainAndValidation split_off(const Split& train, double share, std::uint64_t seed);

}  // namespace nibble
