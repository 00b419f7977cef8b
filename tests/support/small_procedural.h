#pragma once

#include "datasets/datasets.h"

namespace nibble {

/// A few procedural images of 16 x 16 pixels.
inline DatasetOptions small_procedural(long train_samples, long test_samples) {
  DatasetOptions options;
  options.image_size = 16;
  options.train_samples = train_samples;
  options.test_samples = test_samples;
  return options;
}

}  // namespace nibble
