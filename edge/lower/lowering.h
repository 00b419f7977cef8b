// While the network is walked, each node's output is one of six things: the image (or tokens) before its
// quantizer, codes of an integer tensor, a sum that no quantizer has rounded yet, a function of one code, or
// one of a token, or several of these side by side. Quantizers turn the last four into codes; layers that
// compute ask for codes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/check.h"
#include "edge/graph/integer_graph.h"
#include "edge/lower/real_sum.h"
#include "layers/network/network.h"

namespace nibble::edge {

struct Image {};

/// Codes of a tensor. The trained grid's codes lo ... hi were moved to 0 ... hi − lo.
struct Codes {
  int tensor = 0;
  LiveGrid grid;
  Tensor values;  // of each code, computed as in training

  double scale() const { return grid.affine().scale; }
  double shift() const { return moved_shift(grid.affine()); }  // of code 0
  int top() const { return grid.grid.hi - grid.grid.lo; }
  int border_code(Border border) const { return grid.border_code(border) - grid.grid.lo; }
};

/// real = values[q], q: codes of a tensor.
struct Curve {
  int tensor = 0;
  Tensor values;
};

/// real = values[token], a row for each.
struct Rows {
  Tensor values;  // [vocabulary, features]
};

/// The parts of a concatenation, on grids of their own or on none yet. The quantizer behind it brings them to
/// one, each for itself.
struct Parts {
  struct Part {
    std::variant<Codes, RealSum, Curve> value;
    Shape shape;
  };
  std::vector<Part> parts;
};

using LoweredValue = std::variant<Image, Codes, RealSum, Curve, Rows, Parts>;

/// The graph as far as it has been made, and the node that is lowered next. Every refusal is an Error that
/// names this node.
class Lowering {
 public:
  Lowering(const Network& network, const std::string& name) : network_(network) { graph_.name = name; }

  void at(const NetworkNode& node) { node_ = &node; }
  void keep(LoweredValue value) { values_.push_back(std::move(value)); }
  const LoweredValue& input(std::size_t i = 0) const {
    return values_[static_cast<std::size_t>(node_->inputs[i].index)];
  }
  const Shape& input_shape(std::size_t i = 0) const { return network_.shape(node_->inputs[i]); }
  /// An input that has to be codes.
  const Codes& codes(std::size_t i = 0) const;

  std::string who() const { return str("lower: node '", node_->name, "'"); }
  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(who(), ": ", parts...);
  }

  // Layers that add up (lower_sums.cpp).
  LoweredValue conv(const Conv2d& layer) const;
  LoweredValue linear(const Linear& layer) const;
  LoweredValue add() const;
  LoweredValue multiply() const;
  LoweredValue average(Size2 kernel, Size2 stride) const;

  // What happens to a sum on its way to the quantizer (lower_sums.cpp).
  LoweredValue batch_norm(const BatchNorm& layer) const;
  LoweredValue activation(const Activation& layer) const;

  // Text (lower_text.cpp).
  LoweredValue embedding(const Embedding& layer);
  LoweredValue recurrent(const Recurrent& layer);

  // Codes from whatever stands in front of the quantizer (lower_codes.cpp).
  LoweredValue quantize(const Quantizer& quantizer);

  /// A layer that moves codes (lower_codes.cpp). `op` reads its one input.
  LoweredValue moved(IntegerOp op);

  /// Side by side: codes, if all inputs are codes of one quantizer (lower_parts.cpp).
  LoweredValue concat();

  /// The graph, with the network's outputs (lower.cpp).
  IntegerGraph finish();

 private:
  template <typename Op>
  LoweredValue weighted(Op op, const Codes& x, const Var& weight, const std::optional<Quantizer>& quantizer,
                        const Var& bias) const;
  LoweredValue clamped(RealSum sum, const Activation& layer) const;

  void check_grid(const Quantizer& quantizer) const;
  // The node that makes codes of a value; its output is still open.
  IntegerNode made(const RealSum& sum, const Quantizer& quantizer) const;
  IntegerNode made(const Curve& curve, const Quantizer& quantizer) const;
  IntegerNode made(const Codes& codes, const Quantizer& quantizer) const;
  Codes coded(IntegerNode node, const Quantizer& quantizer);
  LoweredValue embedded(const Rows& rows, const Quantizer& quantizer);
  LoweredValue joined(const Parts& parts, const Quantizer& quantizer);
  Codes codes_on(const Quantizer& quantizer) const;  // of no tensor yet
  Codes new_codes(const Quantizer& quantizer);
  int new_tensor(const Codes& codes, const std::string& name, const Shape& shape);

  int output_tensor(NodeRef output);
  int score_tensor(const RealSum& sum);

  const Network& network_;
  const NetworkNode* node_ = nullptr;
  std::vector<LoweredValue> values_;  // by network node
  IntegerGraph graph_;
};

}  // namespace nibble::edge
