#include "tests/edge/random_graph.h"

#include <algorithm>

#include "core/check.h"
#include "edge/graph/fixed_point.h"
#include "edge/graph/node_view.h"
#include "edge/graph/verify.h"

namespace nibble::edge {

GraphBuilder::GraphBuilder(const Shape& sample, int top, std::uint64_t seed) : rng_(seed) {
  graph_.name = str("random graph ", seed);
  graph_.tensors.push_back({.name = "image", .shape = sample, .top = top, .scale = 1.0 / top});
}

GraphBuilder GraphBuilder::text(int vocabulary, std::uint64_t seed) {
  GraphBuilder b({1}, vocabulary - 1, seed);
  b.graph_.name = str("random text graph ", seed);
  b.graph_.tensors[0].name = "tokens";
  b.graph_.tensors[0].tokens = true;
  return b;
}

int GraphBuilder::node(IntegerOp op, std::vector<int> inputs, const Shape& shape, int top, bool is_scores) {
  const auto number = static_cast<int>(graph_.tensors.size());
  IntegerTensor tensor;
  tensor.name = str(kind(op), "/", number);
  tensor.shape = shape;
  tensor.top = top;
  tensor.scores = is_scores;
  graph_.tensors.push_back(tensor);
  graph_.nodes.push_back({std::move(op), std::move(inputs), number});
  return number;
}

std::vector<std::int8_t> GraphBuilder::weights(long count, int bits) {
  std::vector<std::int8_t> codes;
  const int lowest = bits == 4 ? -8 : -128;
  for (long i = 0; i < count; ++i) {
    codes.push_back(static_cast<std::int8_t>(lowest + static_cast<int>(rng_.below(1u << bits))));
  }
  return codes;
}

Requantization GraphBuilder::requantization(const std::vector<AccumulatorRange>& ranges, int top,
                                            bool leaky) {
  RealLine line, second;
  for (const AccumulatorRange& range : ranges) {
    // Codes of random accumulators, which lie far inside of the range, should spread over 0 ... top and
    // beyond.
    const double spread = std::max<double>(1, static_cast<double>(range.hi - range.lo)) / 8;
    const double sign = rng_.below(2) ? 1 : -1, addend = rng_.uniform(-0.2f, 1.0f) * static_cast<float>(top);
    line.multiplier.push_back(sign * rng_.uniform(0.5f, 2.0f) * top / spread);
    line.addend.push_back(addend);
    if (!leaky) continue;
    second.multiplier.push_back(0.1 * line.multiplier.back());
    second.addend.push_back(0.1 * addend + 0.9 * top / 4);
  }
  return fixed_point(line, second, ranges, leaky ? 1 : 0, top, "random graph");
}

int GraphBuilder::conv(int x, const ConvOptions& o, int top_out) {
  IntegerConv conv;
  conv.kernel = o.kernel;
  conv.stride = o.stride;
  conv.padding = o.padding;
  conv.dilation = o.dilation;
  conv.groups = o.groups;
  conv.extra = o.extra;
  conv.border_code = static_cast<int>(rng_.below(static_cast<std::uint64_t>(top(x)) + 1));
  conv.weight_bits = o.bits;
  conv.weights = weights(long{o.out_channels} * o.kernel.h * o.kernel.w * (shape(x)[2] / o.groups), o.bits);
  conv.requantization =
      requantization(accumulator_ranges(conv.weights, o.out_channels, top(x)), top_out, o.leaky);
  const auto extent = [](long padded, int k, int s, int d) { return (padded - d * (k - 1) - 1) / s + 1; };
  const long rows = shape(x)[0] + 2 * o.padding.h + o.extra.h,
             columns = shape(x)[1] + 2 * o.padding.w + o.extra.w;
  const Shape y{extent(rows, o.kernel.h, o.stride.h, o.dilation.h),
                extent(columns, o.kernel.w, o.stride.w, o.dilation.w), o.out_channels};
  return node(std::move(conv), {x}, y, top_out);
}

int GraphBuilder::linear(int x, int out, int bits, int top_out, bool leaky) {
  IntegerLinear linear;
  linear.weight_bits = bits;
  linear.weights = weights(out * shape(x)[0], bits);
  linear.requantization = requantization(accumulator_ranges(linear.weights, out, top(x)), top_out, leaky);
  return node(std::move(linear), {x}, {out}, top_out);
}

int GraphBuilder::scores(int x, int out, int bits) {
  IntegerLinear linear;
  linear.weight_bits = bits;
  linear.weights = weights(out * shape(x)[0], bits);
  for (int o = 0; o < out; ++o) linear.bias.push_back(static_cast<std::int32_t>(rng_.below(20000)) - 10000);
  return node(std::move(linear), {x}, {out}, 255, true);
}

int GraphBuilder::scores16(int x, int out, int bits) {
  IntegerLinear linear;
  linear.weight_bits = bits;
  linear.weights = weights(out * shape(x)[0], bits);
  const std::vector<AccumulatorRange> ranges = accumulator_ranges(linear.weights, out, top(x));
  RealLine line;
  for (const AccumulatorRange& range : ranges) {
    // Some go beyond 16 bits.
    line.multiplier.push_back(rng_.uniform(0.2f, 8.0f) * 32768 / static_cast<double>(range.magnitude() + 1));
    line.addend.push_back(rng_.uniform(-2000, 2000));
  }
  linear.requantization = fixed_point_scores(line, ranges, "random graph");
  const int y = node(std::move(linear), {x}, {out}, 255, true);
  graph_.tensors[static_cast<std::size_t>(y)].score_bits = 16;
  graph_.tensors[static_cast<std::size_t>(y)].scale = 1.0 / 1024;
  return y;
}

int GraphBuilder::embedding(int features, int code_bits, int top_out) {
  IntegerEmbedding embedding;
  embedding.code_bits = code_bits;
  for (long i = 0; i < features * (long{top(0)} + 1); ++i) {
    embedding.table.push_back(static_cast<std::uint8_t>(rng_.below(static_cast<std::uint64_t>(top_out) + 1)));
  }
  return node(std::move(embedding), {0}, {features}, top_out);
}

int GraphBuilder::recurrent(kernels::RecurrentKind kind, int x, int hidden, int bits, int top_out,
                            double reach) {
  const bool gru = kind == kernels::RecurrentKind::gru;
  const long rows = kernels::gates_of(kind) * hidden;
  IntegerRecurrent recurrent;
  recurrent.kind = kind;
  recurrent.cell_fraction_bits = static_cast<int>(rng_.below(16));
  recurrent.weight_bits = bits <= 4 ? 4 : 8;
  const auto codes = [&](long count) {
    std::vector<std::int8_t> drawn;
    for (long i = 0; i < count; ++i)
      drawn.push_back(static_cast<std::int8_t>(static_cast<int>(rng_.below(1u << bits)) - (1 << (bits - 1))));
    return drawn;
  };
  recurrent.input_weights = codes(rows * shape(x)[0]);
  recurrent.recurrent_weights = codes(rows * hidden);
  const auto of_input = accumulator_ranges(recurrent.input_weights, rows, top(x)),
             of_state = accumulator_ranges(recurrent.recurrent_weights, rows, top_out);
  RealGateLines lines;
  const auto multiplier = [&](const AccumulatorRange& range) {
    const double middle = static_cast<double>(range.hi - range.lo + 1) / 8;
    return (rng_.below(2) ? 1 : -1) * rng_.uniform(0.2f, 1.0f) * reach * 4096 / middle;
  };
  for (long r = 0; r < rows; ++r) {
    const auto row = static_cast<std::size_t>(r);
    lines.input.push_back(multiplier(of_input[row]));
    lines.recurrent.push_back(multiplier(of_state[row]));
    lines.addend.push_back(rng_.uniform(-1, 1) * static_cast<float>(reach * 4096));
    if (gru && r >= 2 * hidden)
      lines.candidate.push_back(rng_.uniform(-1, 1) * static_cast<float>(reach * 4096));
  }
  recurrent.gates = fixed_point(lines, of_input, of_state, "random graph");
  for (int k = 0; k < top_out; ++k)
    recurrent.thresholds.push_back(static_cast<std::int16_t>(static_cast<int>(rng_.below(65536)) - 32768));
  std::sort(recurrent.thresholds.begin(), recurrent.thresholds.end());
  if (rng_.below(3) == 0) recurrent.thresholds.pop_back();  // a code that no h reaches
  return node(std::move(recurrent), {x}, {hidden}, top_out);
}

int GraphBuilder::add(int x1, int x2, int top_out, bool leaky) {
  const double m1 = rng_.uniform(0.2f, 0.9f) * static_cast<float>(top_out) / static_cast<float>(top(x1));
  const double m2 = rng_.uniform(-0.9f, 0.9f) * static_cast<float>(top_out) / static_cast<float>(top(x2));
  std::vector<RealAddLine> lines{{m1, m2, 0.5 + 0.1 * top_out}};
  if (leaky) lines.push_back({0.25 * m1, 0.25 * m2, 0.5 + 0.3 * top_out});
  return node(fixed_point(lines, top(x1), top(x2), 0, top_out, "random graph"), {x1, x2}, shape(x1), top_out);
}

int GraphBuilder::multiply(int x1, int x2, int top_out) {
  const double top1 = top(x1), top2 = top(x2);
  const RealProductLine line{rng_.uniform(0.5f, 2.0f) * top_out / (top1 * top2),
                             rng_.uniform(-0.4f, 0.4f) * top_out / top1,
                             rng_.uniform(-0.4f, 0.4f) * top_out / top2, 0.5 + 0.1 * top_out};
  return node(fixed_point(line, top(x1), top(x2), 0, top_out, "random graph"), {x1, x2}, shape(x1), top_out);
}

int GraphBuilder::slice(int x, int begin, int end) {
  Shape y = shape(x);
  y[y.rank() - 1] = end - begin;
  return node(IntegerSlice{begin, end}, {x}, y, top(x));
}

int GraphBuilder::concat(const std::vector<int>& parts) {
  Shape y = shape(parts.front());
  y[y.rank() - 1] = 0;
  for (const int part : parts) y[y.rank() - 1] += shape(part).back();
  return node(IntegerConcat{}, parts, y, top(parts.front()));
}

int GraphBuilder::table(int x, int top_out) {
  IntegerTable table;
  for (int q = 0; q <= top(x); ++q) {
    table.table.push_back(static_cast<std::uint8_t>(rng_.below(static_cast<std::uint64_t>(top_out) + 1)));
  }
  return node(std::move(table), {x}, shape(x), top_out);
}

int GraphBuilder::max_pool(int x, Size2 kernel, Size2 stride, Size2 padding, Size2 extra) {
  const Shape y{(shape(x)[0] + 2 * padding.h + extra.h - kernel.h) / stride.h + 1,
                (shape(x)[1] + 2 * padding.w + extra.w - kernel.w) / stride.w + 1, shape(x)[2]};
  return node(IntegerMaxPool{kernel, stride, padding, extra}, {x}, y, top(x));
}

int GraphBuilder::average_pool(int x, Size2 kernel, Size2 stride, int top_out, bool flat) {
  IntegerAveragePool pool{kernel, stride, {}};
  const AccumulatorRange range{0, std::int64_t{kernel.h} * kernel.w * top(x)};
  pool.requantization = fixed_point({{1.0 * top_out / static_cast<double>(range.hi)}, {0.5}}, {}, {&range, 1},
                                    0, top_out, "random graph");
  const Shape y{(shape(x)[0] - kernel.h) / stride.h + 1, (shape(x)[1] - kernel.w) / stride.w + 1,
                shape(x)[2]};
  return node(std::move(pool), {x}, flat ? Shape{y[2]} : y, top_out);
}

int GraphBuilder::subsample(int x, int stride, int leading, int out_channels) {
  const int border = static_cast<int>(rng_.below(static_cast<std::uint64_t>(top(x)) + 1));
  const Shape y{(shape(x)[0] + stride - 1) / stride, (shape(x)[1] + stride - 1) / stride, out_channels};
  return node(IntegerSubsample{stride, leading, border}, {x}, y, top(x));
}

int GraphBuilder::upsample(int x, int factor) {
  return node(IntegerUpsample{factor}, {x}, {shape(x)[0] * factor, shape(x)[1] * factor, shape(x)[2]},
              top(x));
}

int GraphBuilder::flatten(int x) { return reshape(x, {shape(x).count()}); }

int GraphBuilder::reshape(int x, const Shape& shape) { return node(IntegerReshape{}, {x}, shape, top(x)); }

IntegerGraph GraphBuilder::finish() {
  if (graph_.outputs.empty()) graph_.outputs = {graph_.nodes.back().output};
  verify(graph_);
  return graph_;
}

IntegerGraph graph_of_every_op(std::uint64_t seed) {
  GraphBuilder b({9, 7, 3}, 255, seed);
  const int stem = b.conv(0, {.out_channels = 5, .bits = 8}, 15);
  const int odd = b.conv(stem, {.out_channels = 7, .stride = {2, 2}, .leaky = true}, 15);  // rows of 45 codes
  const int thin = b.conv(odd, {.out_channels = 7, .kernel = {1, 1}, .padding = {0, 0}}, 255);
  const int shortcut = b.subsample(stem, 2, 1, 7);
  const int sum = b.add(thin, shortcut, 255);
  const int curved = b.table(sum, 15);
  const int leaky = b.add(curved, odd, 255, true);
  const int depthwise =
      b.conv(leaky, {.out_channels = 7, .padding = {1, 0}, .groups = 7, .extra = {0, 2}}, 15);
  const int wide =
      b.conv(depthwise, {.out_channels = 6, .padding = {1, 2}, .dilation = {2, 2}, .extra = {2, 0}}, 15);
  const int grouped = b.conv(wide, {.out_channels = 4, .kernel = {3, 2}, .groups = 2, .bits = 8}, 255);
  const int depthwise8 = b.conv(grouped, {.out_channels = 4, .padding = {2, 0}, .groups = 4, .bits = 8}, 255);
  const int large = b.upsample(depthwise8, 2);
  const int pooled = b.max_pool(b.max_pool(large, {3, 3}, {2, 2}, {1, 1}), {2, 2}, {1, 1}, {0, 0}, {1, 1});
  const int mean = b.average_pool(pooled, {2, 2}, {1, 1}, 200);
  const int halves = b.concat({b.slice(mean, 1, 4), b.table(mean, 200), b.slice(mean, 0, 1)});
  const int squared = b.multiply(halves, halves, 255);
  const Size2 whole{static_cast<int>(b.shape(mean)[0]), static_cast<int>(b.shape(mean)[1])};
  const int factors = b.linear(b.average_pool(squared, whole, {1, 1}, 15, true), 8, 4, 255);
  const int excited = b.slice(b.multiply(squared, factors, 200), 2, 6);
  const int flat = b.flatten(b.table(excited, 15));
  const int hidden = b.linear(flat, 9, 4, 15, true);
  const int hidden8 = b.linear(hidden, 5, 8, 255);
  b.scores(b.linear(hidden8, 3, 8, 15), 10, seed % 2 ? 4 : 8);
  return b.finish();
}

IntegerGraph random_text_graph(std::uint64_t seed) {
  Rng rng = Rng(seed).stream("structure");
  const auto pick = [&](int lo, int hi) {
    return lo + static_cast<int>(rng.below(static_cast<std::uint64_t>(hi - lo + 1)));
  };
  const auto pick_top = [&] { return (1 << pick(2, 8)) - 1; };
  GraphBuilder b = GraphBuilder::text(pick(2, 40), seed);
  const int code_bits = pick(0, 1) ? 4 : 8;
  int x = b.embedding(pick(1, 19), code_bits, code_bits == 4 ? (1 << pick(2, 4)) - 1 : pick_top());
  if (pick(0, 3) == 0) x = b.table(x, pick_top());
  for (int layer = 0, layers = pick(1, 2); layer < layers; ++layer) {
    const auto kind = pick(0, 1) ? kernels::RecurrentKind::lstm : kernels::RecurrentKind::gru;
    static constexpr double kReach[] = {0.5, 2, 8, 40};
    x = b.recurrent(kind, x, pick(1, 23), pick(2, 8), pick_top(), kReach[pick(0, 3)]);
  }
  const int outputs = pick(2, 50), bits = pick(0, 1) ? 4 : 8;
  pick(0, 2) ? b.scores16(x, outputs, bits) : b.scores(x, outputs, bits);
  return b.finish();
}

namespace {

IntegerGraph random_chain(std::uint64_t seed, bool several_outputs) {
  Rng rng = Rng(seed).stream("structure");
  const auto pick = [&](int lo, int hi) {
    return lo + static_cast<int>(rng.below(static_cast<std::uint64_t>(hi - lo + 1)));
  };
  GraphBuilder b({pick(4, 9), pick(4, 9), pick(1, 4)}, pick(0, 1) ? 255 : 15, seed);
  const auto pick_top = [&] { return pick(0, 1) ? 255 : 15; };
  int x = 0;
  for (int step = 0; step < 7; ++step) {
    const long height = b.shape(x)[0], width = b.shape(x)[1];
    const int channels = static_cast<int>(b.shape(x)[2]), before = x;
    switch (pick(0, 6)) {
      case 0:
      case 1: {
        const int k = pick(1, 3);
        x = b.conv(x,
                   {.out_channels = pick(1, 9),
                    .kernel = {k, k},
                    .stride = {pick(1, 2), 1},
                    .padding = {k / 2, k / 2},
                    .bits = pick(0, 1) ? 4 : 8,
                    .leaky = pick(0, 2) == 0},
                   pick_top());
        break;
      }
      case 2:
        x = b.conv(x, {.out_channels = channels, .groups = channels, .bits = pick(0, 1) ? 4 : 8}, pick_top());
        break;
      case 3: {
        const int branch = b.conv(x, {.out_channels = channels}, pick_top());
        x = b.add(branch, x, pick_top(), pick(0, 1) == 0);
        break;
      }
      case 4:
        x = b.table(x, pick_top());
        break;
      case 5:
        if (height >= 3 && width >= 3) x = b.max_pool(x, {3, 2}, {1, 2}, {1, 0}, {pick(0, 1), pick(0, 1)});
        break;
      default:
        if (height >= 2 && width >= 2) x = b.average_pool(x, {2, 2}, {1, 1}, pick_top());
    }
    if (several_outputs && x != before && pick(0, 1)) b.output(x);
  }
  const int pooled =
      b.average_pool(x, {static_cast<int>(b.shape(x)[0]), static_cast<int>(b.shape(x)[1])}, {1, 1}, 15, true);
  const int last = b.scores(b.linear(pooled, pick(1, 12), 4, 255), 10, 8);
  if (several_outputs) b.output(last);
  return b.finish();
}

}  // namespace

IntegerGraph random_graph(std::uint64_t seed) { return random_chain(seed, false); }

IntegerGraph random_graph_of_outputs(std::uint64_t seed) { return random_chain(seed, true); }

IntegerGraph graph_of_three_outputs(std::uint64_t seed) {
  const GraphBuilder::ConvOptions pointwise{.out_channels = 8, .kernel = {1, 1}, .padding = {0, 0}};
  GraphBuilder b({10, 12, 3}, 255, seed);
  const int stem = b.conv(0, {.out_channels = 8}, 15);
  const int early = b.table(b.conv(stem, pointwise, 15), 15);  // inside a chain by rows
  const int sum = b.add(b.conv(early, pointwise, 15), early, 255);
  const int small = b.conv(sum, {.out_channels = 5, .stride = {2, 2}, .bits = 8}, 200);
  const int flat = b.flatten(b.max_pool(small, {5, 6}, {1, 1}, {0, 0}));
  b.output(b.scores(b.linear(flat, 7, 4, 15), 4, 8));
  b.output(early);
  b.output(b.linear(flat, 3, 8, 255));
  return b.finish();
}

}  // namespace nibble::edge
