#pragma once

#include <functional>

#include "core/parallel.h"
#include "core/real.h"

namespace nibble {

// Some loops make a large tensor and others need sums over it. To read it again would cost a sweep over
// memory, so those who need the sums are called while each part is still in the cache of whoever makes the
// tensor: for the moments of a convolution's output, and for the sums that a norm needs of its gradient.
//
// Every part is told once: whole rows of the last axis, elements counted through the tensor, in order within
// a piece of the batch (of cut(N, kBatchPieces)) and on that piece's thread.

/// Reads a part of a tensor.
using PieceListener = std::function<void(long piece, Range elements, const Real* values)>;

/// Puts other values in the place of a part: the tensor then consists of these.
using PieceRewriter = std::function<void(long piece, Range elements, Real* values)>;

/// What is to happen to each part of a tensor: one of the two, or nothing.
struct PieceHook {
  PieceListener listen = {};
  PieceRewriter rewrite = {};

  explicit operator bool() const { return listen || rewrite; }
  void operator()(long piece, Range elements, Real* values) const {
    if (rewrite) return rewrite(piece, elements, values);
    if (listen) listen(piece, elements, values);
  }
};

}  // namespace nibble
