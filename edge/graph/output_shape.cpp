#include "edge/graph/output_shape.h"

#include "core/check.h"
#include "edge/graph/verify.h"

namespace nibble::edge {
namespace {

long windows(long extent, int kernel, int stride, int padding, int dilation) {
  return (extent + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

bool positive(Size2 size) { return size.h > 0 && size.w > 0; }

struct OutputShape {
  const std::string who;
  const IntegerGraph& graph;
  const IntegerNode& node;

  const Shape& input(std::size_t i = 0) const {
    return graph.tensors[static_cast<std::size_t>(node.inputs[i])].shape;
  }
  const Shape& output() const { return graph.tensors[static_cast<std::size_t>(node.output)].shape; }

  void check_image() const {
    check(input().rank() == 3, who, ": found input ", input(),
          ", expected an image [height, width, channels]");
  }

  Shape sliding(Size2 kernel, Size2 stride, Size2 padding, Size2 dilation, long channels) const {
    check_image();
    check(positive(kernel) && positive(stride) && positive(dilation) && padding.h >= 0 && padding.w >= 0, who,
          ": found kernel ", kernel, ", stride ", stride, ", dilation ", dilation, ", padding ", padding,
          ", expected positive extents");
    const Shape& x = input();
    const bool fits = x[0] + 2 * padding.h >= dilation.h * (kernel.h - 1) + 1 &&
                      x[1] + 2 * padding.w >= dilation.w * (kernel.w - 1) + 1;
    check(fits, who, ": found a kernel of ", kernel, ", expected one that fits into the image ", x,
          " with its padding");
    return {windows(x[0], kernel.h, stride.h, padding.h, dilation.h),
            windows(x[1], kernel.w, stride.w, padding.w, dilation.w), channels};
  }

  Shape operator()(const IntegerConv& conv) const {
    check_image();
    check(conv.groups > 0 && input()[2] % conv.groups == 0, who, ": found ", conv.groups,
          " groups, expected a divisor of ", input()[2], " channels");
    check(positive(conv.kernel), who, ": found kernel ", conv.kernel, ", expected positive extents");
    const long row = long{conv.kernel.h} * conv.kernel.w * (input()[2] / conv.groups);
    const long rows = static_cast<long>(conv.weights.size()) / row;
    check(rows > 0 && rows * row == static_cast<long>(conv.weights.size()) && rows % conv.groups == 0, who,
          ": found ", conv.weights.size(), " weights, expected rows of ", row, ", as many in each of ",
          conv.groups, " groups");
    return sliding(conv.kernel, conv.stride, conv.padding, conv.dilation, rows);
  }

  Shape operator()(const IntegerLinear& linear) const {
    check(input().rank() == 1, who, ": found input ", input(), ", expected a vector");
    const long rows = static_cast<long>(linear.weights.size()) / input()[0];
    check(rows > 0 && rows * input()[0] == static_cast<long>(linear.weights.size()), who, ": found ",
          linear.weights.size(), " weights, expected rows of ", input()[0]);
    return {rows};
  }

  Shape operator()(const IntegerAdd&) const {
    check(input(0) == input(1), who, ": found inputs ", input(0), " and ", input(1),
          ", expected equal shapes");
    return input();
  }

  Shape operator()(const IntegerTable&) const { return input(); }

  Shape operator()(const IntegerMaxPool& pool) const {
    check(pool.padding.h < pool.kernel.h && pool.padding.w < pool.kernel.w, who, ": found padding ",
          pool.padding, ", expected less than the kernel ", pool.kernel);
    return sliding(pool.kernel, pool.stride, pool.padding, {1, 1}, input().back());
  }

  // Global pooling may drop its two axes of one.
  Shape operator()(const IntegerAveragePool& pool) const {
    const Shape y = sliding(pool.kernel, pool.stride, {0, 0}, {1, 1}, input().back());
    return y[0] == 1 && y[1] == 1 && output().rank() == 1 ? Shape{y[2]} : y;
  }

  Shape operator()(const IntegerSubsample& s) const {
    check_image();
    const long channels = output().rank() == 3 ? output()[2] : 0;
    check(s.stride > 0 && s.leading >= 0 && s.leading + input()[2] <= channels, who, ": found stride ",
          s.stride, " and ", s.leading, " channels in front of ", input()[2], ", expected room for them in ",
          channels);
    return {(input()[0] + s.stride - 1) / s.stride, (input()[1] + s.stride - 1) / s.stride, channels};
  }

  Shape operator()(const IntegerUpsample& upsample) const {
    check_image();
    check(upsample.factor > 0, who, ": found factor ", upsample.factor, ", expected a positive one");
    return {input()[0] * upsample.factor, input()[1] * upsample.factor, input()[2]};
  }

  Shape operator()(const IntegerReshape&) const {
    check(input().count() == output().count(), who, ": found ", input(), " reshaped to ", output(),
          ", expected as many elements");
    return output();
  }

  Shape operator()(const IntegerEmbedding& embedding) const {
    const auto codes = static_cast<long>(embedding.table.size());
    const long rows = long{graph.input().top} + 1, features = codes / rows;
    check(features > 0 && features * rows == codes, who, ": found ", codes, " codes for ", rows,
          " tokens, expected as many for each");
    return {features};
  }

  // How many weights there are, before anybody divides by it.
  void rows_of(const std::vector<std::int8_t>& weights, long rows, long row, const char* of) const {
    check(static_cast<long>(weights.size()) == rows * row, who, ": found ", weights.size(), " weights of ",
          of, ", expected ", rows, " rows of ", row);
  }

  Shape operator()(const IntegerRecurrent& recurrent) const {
    check(input().rank() == 1, who, ": found input ", input(), ", expected a vector");
    const long rows = recurrent.rows(), gates = kernels::gates_of(recurrent.kind);
    check(rows > 0 && rows % gates == 0, who, ": found ", rows, " rows of gates, expected ", gates,
          " for each unit");
    rows_of(recurrent.input_weights, rows, input()[0], "its input");
    rows_of(recurrent.recurrent_weights, rows, recurrent.hidden(), "its state");
    return {recurrent.hidden()};
  }
};

}  // namespace

Shape output_shape(const IntegerGraph& graph, const IntegerNode& node) {
  return std::visit(OutputShape{quoted(graph, node), graph, node}, node.op);
}

}  // namespace nibble::edge
