#pragma once

#include <cstdint>

#include "edge/graph/integer_value.h"

namespace nibble::edge {

struct DetectorOptions {
  int heads = 2;  // 1 or 2
  bool by_distance = false, new_coords = false;
};

/// A small graph whose outputs are heads of random codes, on grids where many scores are worth a box.
IntegerGraph random_detector(std::uint64_t seed, const DetectorOptions& options = {});

/// Outputs of `images` images with random codes, of which about one in three is the highest or the lowest.
IntegerOutputs random_heads(const IntegerGraph& graph, long images, std::uint64_t seed);

}  // namespace nibble::edge
