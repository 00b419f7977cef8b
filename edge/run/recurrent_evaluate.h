#pragma once

#include <array>
#include <memory>
#include <vector>

#include "core/kernels/integer/integer_conv2d.h"
#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/text.h"

namespace nibble::edge {

/// The fast twin of run_recurrent (edge/run/recurrent_reference.h), equal in every bit: the input's product
/// over all steps at once, the state's over all sequences of a step, as bytes with int32 sums.
class RecurrentEvaluator {
 public:
  /// in, out: the node's tensors. node outlives the evaluator.
  RecurrentEvaluator(const IntegerRecurrent& node, const IntegerTensor& in, const IntegerTensor& out);

  /// x: [steps · sequences, features]. `state` is read and left as the last step made it. Without `with_cell`
  /// the value's `cell` stays empty.
  IntegerValue operator()(const Array<std::uint8_t>& x, long sequences, RecurrentState& state,
                          bool with_cell) const;

 private:
  struct Sums;
  void lstm(const Sums& sums, std::int16_t* h, std::int16_t* c, std::int16_t* cell) const;
  void gru(const Sums& sums, std::int16_t* h, std::int16_t* cell) const;

  const IntegerRecurrent& node_;
  std::unique_ptr<kernels::IntegerConv2d> input_, recurrent_;
  std::array<std::uint8_t, 65536> codes_{};  // of h + 2¹⁵
};

}  // namespace nibble::edge
