#pragma once

#include "autograd/var.h"

namespace nibble {

/// Mean over the batch of −Σ_k t_k · log softmax(logits)_k with t = (1 − smoothing) · onehot(label) +
/// smoothing / K (Szegedy et al. 2016)      logits: [N, K]   labels: [N], 0 ≤ label < K   result: [1]
Var cross_entropy(const Var& logits, const Array<int>& labels, Real smoothing);

/// Mean over the batch of Σ_k t_k · (log t_k − log softmax(logits)_k), the divergence from t =
/// softmax(teacher) (Hinton et al. 2015, arXiv 1503.02531)      logits, teacher: [N, K]   result: [1]
Var divergence(const Var& logits, const Tensor& teacher);

/// Mean over all elements of (x − target)². Result: [1].
Var squared_error(const Var& x, const Tensor& target);

}  // namespace nibble
