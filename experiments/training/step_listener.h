#pragma once

namespace nibble {

/// What a training step consists of, in order.
enum class StepPart { data, forward, loss, backward, optimizer, rest };

/// Is told by the trainer which part of a step begins. It changes nothing: results are the same bits with and
/// without it.
class StepListener {
 public:
  virtual ~StepListener() = default;
  /// StepPart::data begins a step.
  virtual void begin(StepPart part) = 0;
  /// Of the step.
  virtual void end() = 0;
};

}  // namespace nibble
