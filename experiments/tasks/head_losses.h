#pragma once

#include <vector>

#include "datasets/stream/batch.h"
#include "layers/darknet/yolo_loss.h"

namespace nibble {

/// The boxes of a batch in shares of the picture, as the loss wants them. Crowds are left out.
///   window: [height, width, channels] that the network reads
darknet::TrueBoxes true_boxes(const Targets& targets, const Shape& window);

/// The sum over all heads of darknet::yolo_loss. label_smoothing: instead of what a head's cfg says, unless
/// it is 0. Throws Error for another number of outputs than heads, and for a cfg with another loss.
Var loss_of_heads(const std::vector<Var>& outputs, const std::vector<darknet::YoloHead>& heads,
                  const Shape& window, const Batch& batch, double label_smoothing);

/// The sum over all heads of darknet::head_distillation.
Var distance_of_heads(const std::vector<Var>& outputs, const std::vector<Tensor>& teacher,
                      const std::vector<darknet::YoloHead>& heads);

/// Throws Error where a head's cfg asks for another loss than we have.
void check_trainable(const std::vector<darknet::YoloHead>& heads);

}  // namespace nibble
