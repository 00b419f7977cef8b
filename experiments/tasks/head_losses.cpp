#include "experiments/tasks/head_losses.h"

#include "autograd/ops/elementwise.h"
#include "layers/darknet/head_distillation.h"

namespace nibble {
namespace {

void check_outputs(std::size_t outputs, const std::vector<darknet::YoloHead>& heads) {
  check(outputs == heads.size(), "detection: found ", outputs, " outputs, expected ", heads.size(),
        ": one for each [yolo]");
}

// The sum over heads k of term(k).
template <typename Term>
Var sum_over(std::size_t heads, const Term& term) {
  Var sum = term(0);
  for (std::size_t k = 1; k < heads; ++k) sum = add(sum, term(k));
  return sum;
}

}  // namespace

darknet::TrueBoxes true_boxes(const Targets& targets, const Shape& window) {
  const auto* const objects = std::get_if<BoxTargets>(&targets);
  check(objects != nullptr, "detection: found targets of a batch that are no boxes, expected boxes");
  const auto high = static_cast<double>(window[0]), wide = static_cast<double>(window[1]);
  darknet::TrueBoxes all;
  for (const std::vector<Box>& boxes : objects->boxes) {
    std::vector<darknet::TrueBox>& picture = all.emplace_back();
    for (const Box& box : boxes) {
      if (box.crowd || box.w <= 0 || box.h <= 0) continue;
      const double w = static_cast<double>(box.w) / wide, h = static_cast<double>(box.h) / high;
      picture.push_back(
          {box.label,
           {static_cast<double>(box.x) / wide + w / 2, static_cast<double>(box.y) / high + h / 2, w, h}});
    }
  }
  return all;
}

Var loss_of_heads(const std::vector<Var>& outputs, const std::vector<darknet::YoloHead>& heads,
                  const Shape& window, const Batch& batch, double label_smoothing) {
  check_outputs(outputs.size(), heads);
  check_trainable(heads);
  const darknet::TrueBoxes truths = true_boxes(batch.targets, window);
  return sum_over(heads.size(), [&](std::size_t k) {
    return darknet::yolo_loss(outputs[k], heads[k], window, truths,
                              label_smoothing > 0 ? label_smoothing : heads[k].loss.label_smoothing);
  });
}

Var distance_of_heads(const std::vector<Var>& outputs, const std::vector<Tensor>& teacher,
                      const std::vector<darknet::YoloHead>& heads) {
  check_outputs(outputs.size(), heads);
  check_outputs(teacher.size(), heads);
  return sum_over(heads.size(), [&](std::size_t k) {
    return darknet::head_distillation(outputs[k], teacher[k], heads[k]);
  });
}

void check_trainable(const std::vector<darknet::YoloHead>& heads) {
  for (const darknet::YoloHead& head : heads)
    if (!head.loss.unsupported.empty()) fail(head.loss.unsupported);
}

}  // namespace nibble
