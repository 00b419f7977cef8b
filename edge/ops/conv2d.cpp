#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/graph/windows.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

bool is_pointwise(const IntegerConv& conv) {
  return conv.kernel == Size2{1, 1} && conv.stride == Size2{1, 1} && conv.padding == Size2{0, 0} &&
         conv.extra == Size2{0, 0};
}

Shape output_shape(const IntegerConv& conv, const NodeView& node) {
  check_image(node);
  const long channels = node.in().shape[2];
  check(conv.groups > 0 && channels % conv.groups == 0, node.who, ": found ", conv.groups,
        " groups, expected a divisor of ", channels, " channels");
  check(conv.kernel.h > 0 && conv.kernel.w > 0, node.who, ": found kernel ", conv.kernel,
        ", expected positive extents");
  const long row = long{conv.kernel.h} * conv.kernel.w * (channels / conv.groups);
  const long rows = static_cast<long>(conv.weights.size()) / row;
  check(rows > 0 && rows * row == static_cast<long>(conv.weights.size()) && rows % conv.groups == 0, node.who,
        ": found ", conv.weights.size(), " weights, expected rows of ", row, ", as many in each of ",
        conv.groups, " groups");
  return sliding_shape(node, {conv.kernel, conv.stride, conv.padding, conv.dilation, conv.extra}, rows);
}

void check_ranges(const IntegerConv& conv, const NodeView& node) {
  const long channels = node.out().shape[2];
  check_weights(node, conv.weights, conv.weight_bits);
  check_border(node, conv.border_code);
  check_requantization(node, conv.requantization, accumulator_ranges(conv.weights, channels, node.in().top),
                       channels);
}

// A kernel unpacks one row of 4-bit weights at a time.
DeviceCost cost(const IntegerConv& conv, const NodeView& node) {
  const Shape& y = node.out().shape;
  const auto weights = static_cast<long>(conv.weights.size());
  return {.weight_bits = conv.weight_bits,
          .weight_bytes = bytes_of_weights(conv.weights.size(), y[2], conv.weight_bits),
          .table_bytes = bytes_of(conv.requantization),
          .struct_bytes = 100,
          .macs = weights * y[0] * y[1],
          .scratch_bytes = conv.weight_bits == 4 ? weights / y[2] : 0};
}

// The codes under one window, border included, in the order of a weight row: patch [KH, KW, C/groups].
struct Patch {
  const IntegerConv& conv;
  const Shape& x;  // [H, W, C]

  long depth() const { return x[2] / conv.groups; }
  long size() const { return long{conv.kernel.h} * conv.kernel.w * depth(); }

  void gather(const std::uint8_t* image, long oh, long ow, long group, std::int16_t* patch) const {
    for (long kh = 0; kh < conv.kernel.h; ++kh) {
      const long ih = oh * conv.stride.h - conv.padding.h + kh * conv.dilation.h;
      for (long kw = 0; kw < conv.kernel.w; ++kw, patch += depth()) {
        const long iw = ow * conv.stride.w - conv.padding.w + kw * conv.dilation.w;
        if (ih >= 0 && ih < x[0] && iw >= 0 && iw < x[1]) {
          const std::uint8_t* pixel = image + (ih * x[1] + iw) * x[2] + group * depth();
          std::copy(pixel, pixel + depth(), patch);
        } else {
          std::fill(patch, patch + depth(), static_cast<std::int16_t>(conv.border_code));
        }
      }
    }
  }
};

IntegerValue run(const IntegerConv& conv, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const std::vector<std::int16_t> weights(conv.weights.begin(), conv.weights.end());
  const Patch window{conv, node.in().shape};
  const Shape& out = node.out().shape;
  const long row = window.size(), per_group = out[2] / conv.groups;
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    std::vector<std::int16_t> patch(static_cast<std::size_t>(row));
    std::uint8_t* y = image.y;
    for (long pixel = 0; pixel < out[0] * out[1]; ++pixel, y += out[2]) {
      for (long group = 0; group < conv.groups; ++group) {
        window.gather(image.x1, pixel / out[1], pixel % out[1], group, patch.data());
        for (long o = group * per_group; o < (group + 1) * per_group; ++o) {
          const std::int64_t acc = dot(patch.data(), weights.data() + o * row, row);
          y[o] = static_cast<std::uint8_t>(requantized(node, conv.requantization, acc, o));
        }
      }
    }
  });
}

std::int64_t accumulator(const IntegerConv& conv, const NodeView& node,
                         const std::vector<IntegerValue>& inputs, long index) {
  const ElementAt at(node, index);
  const Patch window{conv, node.in().shape};
  std::vector<std::int16_t> patch(static_cast<std::size_t>(window.size()));
  const long per_group = node.out().shape[2] / conv.groups;
  window.gather(inputs[0].codes.data(), at.oh, at.ow, at.c / per_group, patch.data());
  std::int64_t acc = 0;
  for (std::size_t i = 0; i < patch.size(); ++i)
    acc += std::int64_t{patch[i]} * conv.weights[static_cast<std::size_t>(at.c) * patch.size() + i];
  return acc;
}

std::string kernel_of(const IntegerConv& conv, const NodeView& node) {
  const long channels = node.in().shape[2];
  const bool depthwise = conv.groups == channels && channels == node.out().shape[2] && channels > 1;
  return kernel_name(depthwise ? "depthwise_conv2d" : "conv2d", storage_bits(node, conv.weight_bits));
}

void emit(const IntegerConv& conv, CWriter& c) {
  c.weights(conv.weights, c.out().shape[2], conv.weight_bits);
  const std::string requant = c.requantization(conv.requantization);
  c.tables << c.windows("nbl_conv2d_t")
                  .field("out_channels", c.out().shape[2])
                  .size("kernel_h", "kernel_w", conv.kernel)
                  .size("stride_h", "stride_w", conv.stride)
                  .size("pad_h", "pad_w", conv.padding)
                  .size("dilation_h", "dilation_w", conv.dilation)
                  .field("groups", conv.groups)
                  .field("border_code", conv.border_code)
                  .field("weights", c.id + "_weights")
                  .field("requant", requant)
                  .str();
  if (conv.weight_bits == 4) {
    c.call("&" + c.id, c.x(), c.y(), "(int8_t *)(" + c.scratch() + ")");
  } else {
    c.call("&" + c.id, c.x(), c.y());
  }
}

}  // namespace

const OpRule<IntegerConv> IntegerConv::rule{.traits = {.kind = "conv2d"},
                                            .is_pointwise = is_pointwise,
                                            .output_shape = output_shape,
                                            .check_ranges = check_ranges,
                                            .cost = cost,
                                            .run = run,
                                            .accumulator = accumulator,
                                            .kernel = kernel_of,
                                            .emit = emit};

}  // namespace nibble::edge
