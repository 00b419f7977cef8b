#pragma once

#include "autograd/var.h"
#include "layers/darknet/yolo_head.h"

namespace nibble::darknet {

/// How far a head is from that of a teacher on the same pictures: the mean over the batch of a sum over cells
/// and anchors. Where the teacher sees no object it matters little what it says about its box (Mehta & Ozturk
/// 2018, arXiv 1805.06361), so with o = σ(the teacher's objectness), t the head's numbers, T the teacher's
///
///   KL(o, σ(t objectness)) + w · [ Σ over classes KL(σ(T), σ(t))
///                                  + 2 Σ over x, y (σ(t) − σ(T))² + 2 Σ over w, h (t − T)² ]
///
/// w = √o, and 0 where o is below 0.001: no box with such a score is counted. (Published: o.)
/// KL(p, q) = p log(p / q) + (1 − p) log((1 − p) / (1 − q)). With new_coords numbers are probabilities
/// already: (t − T)² / 2 stands for KL, and 2 (t − T)² for all four of the box. The gradient is exact.
///   head, teacher: [N, H, W, anchors · (5 + classes)]   result: [1]
Var head_distillation(const Var& head, const Tensor& teacher, const YoloHead& rules);

}  // namespace nibble::darknet
