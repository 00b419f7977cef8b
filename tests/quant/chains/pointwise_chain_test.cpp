#include "quant/chains/pointwise_chain.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <string_view>

#include "autograd/ops/activation.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/norm.h"
#include "quant/ops/fake_quantize.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble {
namespace {

constexpr bool kDouble = std::is_same_v<Real, double>;

struct StepCase {
  std::optional<Grid> grid;
  ActivationKind activation = ActivationKind::relu;
  bool shifted = false, kept = false;
};

enum class Head { norm, norm_of_sums, given_norm, sum, coded_sum, product, coded_product };

struct Case {
  const char* what;
  Shape shape;
  Head head;
  std::vector<StepCase> steps;
};

StepCase act(ActivationKind kind, bool kept = false) { return {{}, kind, false, kept}; }
StepCase quant(Grid grid, bool shifted, bool kept = false) {
  return {grid, ActivationKind::relu, shifted, kept};
}

const std::vector<Case>& cases() {
  const Grid u4{0, 15}, u8{0, 255}, s8{-128, 127};
  static const std::vector<Case> all{
      {"norm, relu, 4 bits", {4, 5, 5, 16}, Head::norm, {act(ActivationKind::relu), quant(u4, false, true)}},
      {"norm, 8 bits", {3, 4, 4, 5}, Head::norm, {quant(u8, true, true)}},
      {"norm, relu: float", {3, 4, 4, 32}, Head::norm, {act(ActivationKind::relu, true)}},
      {"norm, relu6: float; several blocks and chunks",
       {7, 33, 33, 24},
       Head::norm,
       {act(ActivationKind::relu6, true)}},
      {"norm of exact sums, relu: float",
       {2, 9, 9, 700},
       Head::norm_of_sums,
       {act(ActivationKind::relu, true)}},
      {"norm, 8 bits, swish, 4 bits",
       {2, 7, 7, 24},
       Head::norm,
       {quant(s8, false), act(ActivationKind::swish), quant(u4, true, true)}},
      {"given norm, mish, 4 bits",
       {2, 3, 3, 8},
       Head::given_norm,
       {act(ActivationKind::mish), quant(u4, true, true)}},
      {"sum, relu, 8 bits and 4 bits",
       {5, 6, 6, 16},
       Head::sum,
       {act(ActivationKind::relu), quant(u8, false, true), quant(u4, false, true)}},
      {"sum of codes, 8 bits, hard swish, 8 bits and 4 bits",
       {2, 4, 4, 20},
       Head::coded_sum,
       {quant(u8, true), act(ActivationKind::hard_swish), quant(u8, true, true), quant(u4, true, true)}},
      {"an activation that is kept, too",
       {2, 4, 4, 6},
       Head::sum,
       {act(ActivationKind::leaky_relu, true), quant(u4, true, true)}},
      {"more channels than a block",
       {2, 2, 2, 700},
       Head::norm,
       {act(ActivationKind::relu), quant(u4, false, true)}},
      {"several chunks", {40, 16, 16, 16}, Head::norm, {act(ActivationKind::relu), quant(u4, false, true)}},
      {"product of codes, 8 bits", {3, 5, 7, 24}, Head::coded_product, {quant(u8, true, true)}},
      {"product, relu, 8 bits and 4 bits; chunks end with their images",
       {3, 50, 50, 16},
       Head::product,
       {act(ActivationKind::relu), quant(u8, false, true), quant(u4, true, true)}},
      {"norm of exact sums, ReLU, 4 bits",
       {4, 9, 9, 24},
       Head::norm_of_sums,
       {act(ActivationKind::relu), quant(u4, true, true)}},
      {"norm of exact sums, 8 bits, swish, 4 bits",
       {4, 9, 9, 24},
       Head::norm_of_sums,
       {quant(s8, false), act(ActivationKind::swish), quant(u4, true, true)}},
      {"norm, ReLU6, 4 bits", {3, 5, 5, 33}, Head::norm, {act(ActivationKind::relu6), quant(u4, true, true)}},
      {"norm, ReLU, 8 bits and 4 bits",
       {3, 5, 5, 20},
       Head::norm,
       {act(ActivationKind::relu), quant(u8, false, true), quant(u4, false, true)}},
      {"norm, 8 bits and 4 bits", {2, 9, 9, 16}, Head::norm, {quant(s8, false, true), quant(u4, true, true)}},
      {"norm, swish: float", {2, 5, 5, 40}, Head::norm, {act(ActivationKind::swish, true)}},
      {"norm, swish, 4 bits", {2, 5, 5, 7}, Head::norm, {act(ActivationKind::swish), quant(u4, true, true)}},
      {"norm, 8 bits, swish, 8 bits and 4 bits",
       {2, 5, 5, 48},
       Head::norm,
       {quant(s8, false), act(ActivationKind::swish), quant(u8, true, true), quant(u4, true, true)}},
      {"norm, 8 bits, swish that is kept, 4 bits",
       {2, 5, 5, 24},
       Head::norm,
       {quant(s8, false), act(ActivationKind::swish, true), quant(u4, true, true)}},
      {"norm, 4 bits, mish, 8 bits and 4 bits",
       {2, 5, 5, 24},
       Head::norm,
       {quant(u4, true, true), act(ActivationKind::mish), quant(u8, true, true), quant(u4, true, true)}},
      {"norm, mish, 4 bits", {2, 5, 5, 9}, Head::norm, {act(ActivationKind::mish), quant(u4, true, true)}},
      {"sum, ReLU6: float", {2, 5, 5, 3}, Head::sum, {act(ActivationKind::relu6, true)}},
      {"sum, 8 bits", {2, 50, 50, 17}, Head::sum, {quant(s8, false, true)}},
      {"sum of codes, 8 bits and 4 bits",
       {2, 4, 4, 20},
       Head::coded_sum,
       {quant(u8, true, true), quant(u4, true, true)}},
      {"sum, ReLU, 4 bits", {2, 4, 4, 20}, Head::sum, {act(ActivationKind::relu), quant(u4, true, true)}},
      {"product, 8 bits and 4 bits",
       {3, 50, 50, 16},
       Head::product,
       {quant(u8, false, true), quant(u4, true, true)}},
      {"one channel", {600, 1}, Head::norm, {act(ActivationKind::tanh, true)}},
  };
  return all;
}

// The learned and the given numbers of a case, on the tape.
struct Inputs {
  std::vector<ChainInput> operands;
  std::optional<ChainNorm> norm;
  std::vector<ChainStep> steps;
  std::vector<Var> learned;
};

Inputs make(const Case& c) {
  Inputs in;
  const auto learned = [&](Tensor value) { return in.learned.emplace_back(std::move(value), true); };
  const long channels = c.shape.back();
  if (c.head == Head::norm || c.head == Head::norm_of_sums || c.head == Head::given_norm) {
    if (c.head == Head::norm_of_sums) {
      kernels::CodeSums sums{Array<std::int16_t>(c.shape), uniform({channels}, 6, 0.001F, 0.01F),
                             uniform({channels}, 7)};
      const Tensor wide = uniform(c.shape, 1, -300, 500);
      std::copy(wide.begin(), wide.end(), sums.sums.begin());
      in.operands.push_back({learned(sums.values().whole()), {}, {}, sums});
    } else {
      in.operands.push_back({learned(uniform(c.shape, 1, -2, 2)), {}, {}});
    }
    in.norm = ChainNorm{
        learned(uniform({channels}, 2, 0.5F, 1.5F)), learned(uniform({channels}, 3)), 1e-5, false, {}};
    if (c.head == Head::given_norm) {
      in.norm->constant = true;
      in.norm->moments = kernels::ChannelMoments{uniform({channels}, 4), uniform({channels}, 5, 0.5F, 2)};
    }
  } else {
    for (const std::uint64_t seed : {1, 2}) {
      const bool product = c.head == Head::product || c.head == Head::coded_product;
      const bool factors = product && seed == 2;
      const Var x = learned(uniform(factors ? Shape{c.shape[0], channels} : c.shape, seed, -2, 2));
      if (c.head == Head::sum || c.head == Head::product) {
        in.operands.push_back({x, {}, {}});
        continue;
      }
      const Real scale = Real(0.02) * static_cast<Real>(seed);
      const Quantized q = fake_quantize(x, {{0, 255}, Var(Tensor({1}, {scale})), Var(Tensor({1}, {-2}))});
      in.operands.push_back({q.value, q.grid.affine(), q.codes});
    }
  }
  std::uint64_t seed = 10;
  for (const StepCase& step : c.steps) {
    ChainStep made;
    made.activation = step.activation;
    made.slope = step.grid ? Real(0) : Real(0.1);
    made.kept = step.kept;
    if (step.grid) {
      const Real scale =
          Real(2.9) / static_cast<Real>(step.grid->levels()) + Real(0.001) * static_cast<Real>(seed++);
      made.grid = LiveGrid{*step.grid, learned(Tensor({1}, {scale})),
                           step.shifted ? learned(Tensor({1}, {Real(-0.3)})) : Var()};
    }
    in.steps.push_back(std::move(made));
  }
  return in;
}

std::vector<Var> one_by_one(Inputs& in) {
  Var x = in.operands[0].value;
  if (in.norm && in.norm->constant) {
    x = batch_norm_fixed(x, in.norm->weight, in.norm->bias, in.norm->moments->mean,
                         in.norm->moments->variance, 1e-5);
  } else if (in.norm) {
    in.norm->moments.emplace();
    x = batch_norm(x, in.norm->weight, in.norm->bias, in.norm->epsilon, *in.norm->moments);
  } else if (in.operands[1].value.shape() != x.shape()) {
    x = multiply(x, in.operands[1].value);
  } else {
    x = add(x, in.operands[1].value);
  }
  std::vector<Var> kept;
  for (const ChainStep& step : in.steps) {
    x = step.grid ? fake_quantize(x, *step.grid).value : activation(x, step.activation, step.slope);
    if (step.kept) kept.push_back(x);
  }
  return kept;
}

std::vector<Var> values(const std::vector<Quantized>& results) {
  std::vector<Var> all;
  for (const Quantized& result : results) all.push_back(result.value);
  return all;
}

// Outputs and the gradients of everything learned, for a random loss that reads each output twice.
std::vector<Tensor> outputs_and_gradients(const Inputs& in, const std::vector<Var>& outputs) {
  std::vector<Tensor> all;
  Var loss;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    all.push_back(outputs[i].value());
    const Var term = multiply(outputs[i], Var(uniform(outputs[i].shape(), 20 + i)));
    const Var both = add(term, outputs[i]);
    loss = loss.empty() ? both : add(loss, both);
  }
  backward(loss, uniform(loss.shape(), 30));
  for (const Var& v : in.learned) all.push_back(v.gradient());
  return all;
}

Tensor difference(const Tensor& a, const Tensor& b) {
  Tensor result = a.clone();
  for (long i = 0; i < a.size(); ++i) result[i] -= b[i];
  return result;
}

}  // namespace

TEST_CASE("a_chain_equals_its_steps_one_by_one") {
  for (const Case& c : cases()) {
    Inputs fused = make(c), plain = make(c);
    const auto results = pointwise_chain(fused.operands, fused.norm, fused.steps);
    REQUIRE(results);
    const auto found = outputs_and_gradients(fused, values(*results));
    const auto expected = outputs_and_gradients(plain, one_by_one(plain));
    if (c.head == Head::norm) {
      check_close(str(c.what, ", mean"), fused.norm->moments->mean, plain.norm->moments->mean, 1e-6);
      check_close(str(c.what, ", variance"), fused.norm->moments->variance, plain.norm->moments->variance,
                  1e-6);
    }
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      // In float a value at a rounding border may fall to either side; double decides.
      check_close(str(c.what, ", tensor ", i), found[i], expected[i], kDouble ? 1e-9 : 0.2);
    }
  }
}

TEST_CASE("a_chain_keeps_codes_of_quantizers") {
  for (const Case& c : cases()) {
    Inputs in = make(c);
    const auto results = pointwise_chain(in.operands, in.norm, in.steps);
    REQUIRE(results);
    std::size_t i = 0;
    for (const ChainStep& step : in.steps) {
      if (!step.kept) continue;
      const Quantized& result = (*results)[i++];
      INFO(c.what);
      CHECK(result.codes.empty() == !step.grid);
      if (!step.grid) continue;
      const AffineGrid at = result.grid.affine();
      Tensor decoded(result.codes.shape());
      for (long k = 0; k < decoded.size(); ++k) decoded[k] = at.value(result.codes[k] + at.grid.lo);
      check_close(c.what, result.value.value(), decoded, 1e-6);  // with or without a fused multiply-add
    }
    CHECK(i == results->size());
  }
}

TEST_CASE("a_chain_of_a_norm_and_a_limit_is_computed_where_it_is_read") {
  const auto limited = [](const Case& c) {
    return c.head == Head::norm && c.steps.size() == 1 && !c.steps[0].grid &&
           (c.steps[0].activation == ActivationKind::relu || c.steps[0].activation == ActivationKind::relu6);
  };
  for (const Case& c : cases()) {
    if (!limited(c)) continue;
    Inputs in = make(c);
    const Var result = (*pointwise_chain(in.operands, in.norm, in.steps))[0].value;
    CHECK_FALSE(result.pieces().is_whole());
    const long rows = c.shape[0], some = rows / 2;
    check_equal(c.what, result.pieces().rows({some, rows}), result.value().rows(some, rows));
  }
}

TEST_CASE("a_chain_watches_its_gradient_where_its_only_reader_makes_it") {
  // An op whose gradient is dy, shown or not.
  const auto read = [](const Var& x, const Tensor& dy, bool& watched) {
    return record_piecewise("reader", {x}, Tensor({1}),
                            [&watched, dy = dy.clone()](const PiecewiseTensor&, Gradients& into) mutable {
                              watched = into.watcher(0) != nullptr;
                              if (watched) {
                                const std::vector<Range> pieces = cut(dy.shape()[0], kBatchPieces);
                                for (std::size_t i = 0; i < pieces.size(); ++i) {
                                  for (long n = pieces[i].begin; n < pieces[i].end; ++n) {
                                    const Range image{n * dy.shape().row(), (n + 1) * dy.shape().row()};
                                    (*into.watcher(0))(static_cast<long>(i), image, dy.data() + image.begin);
                                  }
                                }
                              }
                              into.add(0, dy);
                            });
  };
  long seen = 0;
  for (const Case& c : cases()) {
    const Tensor dy = uniform(c.shape, 50), other = uniform(c.shape, 51);
    bool watched = false, shared_watched = false;
    Inputs in = make(c), shared = make(c);
    const Var result = pointwise_chain(in.operands, in.norm, in.steps)->back().value;
    backward(read(result, dy, watched));
    if (watched) ++seen;
    // A second reader: then nobody watches.
    const Var twice = pointwise_chain(shared.operands, shared.norm, shared.steps)->back().value;
    bool unused = false;
    backward(add(read(twice, other, unused), read(twice, difference(dy, other), shared_watched)));
    INFO(c.what);
    CHECK_FALSE(shared_watched);
    for (std::size_t i = 0; i < in.learned.size(); ++i)
      check_close(str(c.what, ", gradient ", i), in.learned[i].gradient(), shared.learned[i].gradient(),
                  kDouble ? 1e-9 : 1e-3);
  }
  CHECK(seen > 5);
}

TEST_CASE("a_chain_with_a_gradient_at_one_output_only_leaves_the_others_out") {
  const Case& c = *std::find_if(cases().begin(), cases().end(), [](const Case& of) {
    return std::string_view(of.what) == "sum, relu, 8 bits and 4 bits";
  });
  Inputs fused = make(c), plain = make(c);
  const auto results = pointwise_chain(fused.operands, fused.norm, fused.steps);
  REQUIRE(results);
  const Tensor dy = uniform(c.shape, 40);
  backward((*results)[0].value, dy);
  backward(one_by_one(plain)[0], dy);
  for (std::size_t i = 0; i < 3; ++i)  // both operands and the first scale
    check_close(str("gradient ", i), fused.learned[i].gradient(), plain.learned[i].gradient(),
                kDouble ? 1e-9 : 0.2);
}

TEST_CASE("a_chain_leaves_what_is_not_a_number_to_its_slow_twin") {
  for (const Case& c : cases()) {
    if (!c.steps.back().grid) continue;  // values of activations show it themselves
    Inputs in = make(c);
    if (!in.operands[0].codes.empty()) continue;
    const Real nan = std::numeric_limits<Real>::quiet_NaN();
    if (in.operands[0].sums) {
      in.operands[0].sums->gain[0] = nan;
    } else {
      in.operands[0].value.mutable_value()[c.shape.count() - 1] = nan;
    }
    INFO(c.what);
    CHECK_FALSE(pointwise_chain(in.operands, in.norm, in.steps));
  }
}

TEST_CASE("a_chain_does_not_depend_on_the_thread_count") {
  for (const Case& c : cases()) {
    check_threads_agree(c.what, [&] {
      Inputs in = make(c);
      return outputs_and_gradients(in, values(*pointwise_chain(in.operands, in.norm, in.steps)));
    });
  }
}

}  // namespace nibble
