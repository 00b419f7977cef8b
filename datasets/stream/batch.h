#pragma once

#include "core/array.h"
#include "datasets/stream/targets.h"

namespace nibble {

/// The input of one step of training or evaluation.
struct Batch {
  Tensor x;         // N rows: images [N, H, W, C], normalized, or words [N, 1] (datasets/text/text_batches.h)
  Targets targets;  // of the N rows
};

}  // namespace nibble
