#pragma once

#include <cstdint>

#include "datasets/images/image_set.h"

namespace nibble {

inline constexpr int kProceduralClasses = 10;

struct ProceduralOptions {
  long train_samples = 4000;
  long test_samples = 1000;
  long image_size = 32;  // both sides, 12 to 256
  std::uint64_t seed = 1;
};

/// Images made on the spot, so that a fresh clone can train without a download: ten classes of shapes and
/// textures with random place, size, tilt, colours, a lighting gradient and noise. Colours are drawn alike
/// for all classes, so only form tells them apart. Sample i of a split has class i mod 10 and depends on
/// (seed, split, i) alone.
ImageSet make_procedural(const ProceduralOptions& options);

}  // namespace nibble
