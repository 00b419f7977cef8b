#pragma once

#include <string>

#include "core/random.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// Builds integer graphs with random weights, multipliers that spread the codes over their grid, and shapes
/// that follow from the options. Each function adds a node and returns its tensor.
class GraphBuilder {
 public:
  GraphBuilder(const Shape& sample, int top, std::uint64_t seed);
  /// One that reads text of tokens 0 ... vocabulary − 1.
  static GraphBuilder text(int vocabulary, std::uint64_t seed);

  struct ConvOptions {
    int out_channels = 4;
    Size2 kernel{3, 3}, stride{1, 1}, padding{1, 1}, dilation{1, 1};
    int groups = 1;
    int bits = 4;
    bool leaky = false;
    Size2 extra{0, 0};
  };
  int conv(int x, const ConvOptions& options, int top);
  int linear(int x, int out, int bits, int top, bool leaky = false);
  int scores(int x, int out, int bits);
  int scores16(int x, int out, int bits);
  int embedding(int features, int code_bits, int top);
  /// `reach`: how far beyond 1 the sums of gates go; large ones saturate.
  int recurrent(kernels::RecurrentKind kind, int x, int hidden, int bits, int top, double reach);
  int add(int x1, int x2, int top, bool leaky = false);
  /// x2: as x1, or a vector of factors.
  int multiply(int x1, int x2, int top);
  int slice(int x, int begin, int end);
  int concat(const std::vector<int>& parts);
  int table(int x, int top);
  int max_pool(int x, Size2 kernel, Size2 stride, Size2 padding, Size2 extra = {0, 0});
  int average_pool(int x, Size2 kernel, Size2 stride, int top, bool flat = false);
  int subsample(int x, int stride, int leading, int out_channels);
  int upsample(int x, int factor);
  int flatten(int x);
  int reshape(int x, const Shape& shape);
  /// The caller gets this tensor. Without any, the last node's.
  void output(int tensor) { graph_.outputs.push_back(tensor); }

  const Shape& shape(int tensor) const { return graph_.tensors[static_cast<std::size_t>(tensor)].shape; }
  IntegerGraph finish();  // verified

 private:
  int node(IntegerOp op, std::vector<int> inputs, const Shape& shape, int top, bool is_scores = false);
  int top(int tensor) const { return graph_.tensors[static_cast<std::size_t>(tensor)].top; }
  std::vector<std::int8_t> weights(long count, int bits);
  Requantization requantization(const std::vector<struct AccumulatorRange>& ranges, int top, bool leaky);

  IntegerGraph graph_;
  Rng rng_;
};

/// A small graph with every op, odd channel counts, borders, groups, dilation, both weight widths and a
/// residual branch.
IntegerGraph graph_of_every_op(std::uint64_t seed);

/// An embedding, one or two LSTMs and GRUs with codes and weights of 2 to 8 bits, and scores of 16 or 32
/// bits; in some of them gates and cells saturate.
IntegerGraph random_text_graph(std::uint64_t seed);

/// A random chain of convolutions, additions, pools and tables, ending in scores.
IntegerGraph random_graph(std::uint64_t seed);

/// The same with about every second tensor on the way as an output too, which the next node reads.
IntegerGraph random_graph_of_outputs(std::uint64_t seed);

/// Three outputs of different shapes: an image of codes that is read again, a vector of codes, and scores.
IntegerGraph graph_of_three_outputs(std::uint64_t seed);

}  // namespace nibble::edge
