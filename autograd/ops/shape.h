#pragma once

#include <vector>

#include "autograd/var.h"

namespace nibble {

/// The same values under another shape of the same count.
Var reshape(const Var& x, const Shape& shape);

/// Inputs side by side along the last axis; all other extents equal.
Var concat(const std::vector<Var>& inputs);

/// Elements begin ≤ c < end of the last axis.
Var slice(const Var& x, long begin, long end);

/// Every stride-th pixel of [N, H, W, C], with `leading` channels in front of the input's and as many behind
/// as make out_channels. They read as `pad` ([1], differentiable), or as zero if it is empty.
Var subsample(const Var& x, long stride, long out_channels, long leading, const Var& pad);

}  // namespace nibble
