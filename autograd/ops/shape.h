#pragma once

#include <vector>

#include "autograd/var.h"

namespace nibble {

// Ops that only move values.

/// The same values under another shape of the same count.
Var reshape(const Var& x, const Shape& shape);

/// Joins [..., C0], [..., C1], ... along the last axis.
Var concat(const std::vector<Var>& inputs);

/// begin ≤ c < end of the last axis.
Var slice(const Var& x, long begin, long end);

/// Every stride-th pixel of [N, H, W, C], beginning with the first, with channels of padding before and after
/// it:
///   y[n, h, w] = [pad × leading, x[n, stride·h, stride·w], pad × rest]     y: [N, ⌈H/stride⌉, ⌈W/stride⌉, O]
/// with leading + C ≤ O = out_channels. pad: [1], differentiable; zero if empty.
Var subsample(const Var& x, int stride, int out_channels, long leading, const Var& pad);

}  // namespace nibble
