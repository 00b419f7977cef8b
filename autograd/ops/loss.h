#pragma once

#include "autograd/var.h"

namespace nibble {

/// Mean over the batch of −Σ_k t_k · log softmax(logits)_k (Szegedy et al. 2016)
///   t = (1 − smoothing) · onehot(label) + smoothing / K
///   logits: [N, K]   labels: [N], 0 ≤ label < K   result: [1]
Var cross_entropy(const Var& logits, const Array<int>& labels, Real smoothing);

/// Mean over the batch of Σ_k t_k · (log t_k − log softmax(logits)_k), the divergence of the logits from a
/// teacher (Hinton et al. 2015, arXiv 1503.02531)
///   t = softmax(teacher)      logits, teacher: [N, K]   result: [1]
Var divergence(const Var& logits, const Tensor& teacher);

/// Mean over all elements of (x − target)². Result: [1].
Var squared_error(const Var& x, const Tensor& target);

}  // namespace nibble
