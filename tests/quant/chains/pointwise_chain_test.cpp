#include "quant/chains/pointwise_chain.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <string_view>

#include "autograd/ops/activation.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/norm.h"
#include "quant/ops/fake_quantize.h"
#include "tests/quant/chains/chain_cases.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::pointwise_chain_test {
namespace {

constexpr bool kDouble = std::is_same_v<Real, double>;

// The slow twin.
std::vector<Quantized> one_by_one(Inputs& in) {
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
  std::vector<Quantized> kept;
  for (const ChainStep& step : in.steps) {
    const Quantized result = step.grid ? fake_quantize(x, *step.grid)
                                       : Quantized{activation(x, step.activation, step.slope), {}, {}};
    x = result.value;
    if (step.kept) kept.push_back(result);
  }
  return kept;
}

std::vector<Var> values(const std::vector<Quantized>& results) {
  std::vector<Var> all;
  for (const Quantized& result : results) all.push_back(result.value);
  return all;
}

// The gradients of everything learned, for a random loss that reads each output twice.
std::vector<Tensor> gradients(const Inputs& in, const std::vector<Var>& outputs) {
  std::vector<Tensor> all;
  Var loss;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
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

double largest(const Tensor& x) {
  double most = 0;
  for (const Real v : x) most = std::max(most, static_cast<double>(std::abs(v)));
  return most;
}

// In float the last bit of a sum decides where a value at a rounding border goes, so that few codes may
// differ from those of the slow twin, by one. In double none does.
constexpr double kMostFlipped = kDouble ? 0 : 1e-3;

// Codes that differ.
long flipped(const Array<std::uint8_t>& found, const Array<std::uint8_t>& expected) {
  REQUIRE(found.shape() == expected.shape());
  long count = 0;
  for (long i = 0; i < found.size(); ++i) {
    const int apart = std::abs(found[i] - expected[i]);
    CHECK(apart <= 1);
    count += apart != 0;
  }
  CHECK(static_cast<double>(count) <= kMostFlipped * static_cast<double>(found.size()) + (kDouble ? 0 : 1));
  return count;
}

// Elements further apart than the rounding of arithmetic explains.
long apart(const Tensor& found, const Tensor& expected) {
  REQUIRE(found.shape() == expected.shape());
  const double tolerance = (kDouble ? 1e-9 : 1e-4) * std::max(1.0, largest(expected));
  long count = 0;
  for (long i = 0; i < found.size(); ++i)
    count += !(std::abs(static_cast<double>(found[i] - expected[i])) <= tolerance);
  return count;
}

// A gradient of a chain, of which so many codes have flipped. Those of single elements differ where a code
// did; sums (of channels and grids) by what the flipped elements add to them.
void check_gradient(const std::string& what, const Tensor& found, const Tensor& expected,
                    const Shape& elements, long flips) {
  INFO(what);
  if (kDouble) return check_close(what, found, expected, 1e-9);
  if (found.shape() == elements) {
    const double allowed = kMostFlipped * static_cast<double>(found.size()) + 1;
    CHECK(static_cast<double>(apart(found, expected)) <= allowed);
  } else {
    constexpr double kTerm = 3;  // of one element
    const double allowed = 1e-3 * std::max(1.0, largest(expected)) + kTerm * static_cast<double>(flips);
    CHECK(largest(difference(found, expected)) <= allowed);
  }
}

// A quantizer whose codes nobody sees may have flipped one, too.
long hidden_flips(const Case& c) {
  return std::count_if(c.steps.begin(), c.steps.end(),
                       [](const StepCase& step) { return step.grid && !step.kept; });
}

}  // namespace

TEST_CASE("a_chain_equals_its_steps_one_by_one") {
  for (const Case& c : cases()) {
    INFO(c.what);
    Inputs fused = make(c), plain = make(c);
    const auto results = pointwise_chain(fused.operands, fused.norm, fused.steps);
    REQUIRE(results);
    const std::vector<Quantized> twins = one_by_one(plain);
    REQUIRE(results->size() == twins.size());
    if (c.head == Head::norm) {
      check_close(str(c.what, ", mean"), fused.norm->moments->mean, plain.norm->moments->mean, 1e-6);
      check_close(str(c.what, ", variance"), fused.norm->moments->variance, plain.norm->moments->variance,
                  1e-6);
    }
    long flips = hidden_flips(c);
    for (std::size_t i = 0; i < twins.size(); ++i) {
      const Quantized &found = (*results)[i], &expected = twins[i];
      CHECK(found.codes.empty() == expected.codes.empty());
      if (!expected.codes.empty()) flips += flipped(found.codes, expected.codes);
      const long n = expected.value.value().size();
      const double allowed = kMostFlipped * static_cast<double>(n) + (kDouble ? 0 : 1);
      CHECK(static_cast<double>(apart(found.value.value(), expected.value.value())) <= allowed);
    }
    const auto found = gradients(fused, values(*results)), expected = gradients(plain, values(twins));
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      check_gradient(str(c.what, ", gradient ", i), found[i], expected[i], c.shape, flips);
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

TEST_CASE("a_chain_hears_its_gradient_where_its_only_reader_makes_it") {
  // An op whose gradient is dy, handed to a hook or not.
  const auto read = [](const Var& x, const Tensor& dy, bool& hooked) {
    return record_piecewise("reader", {x}, Tensor({1}),
                            [&hooked, dy = dy.clone()](const PiecewiseTensor&, Gradients& into) mutable {
                              const PieceHook* const hook = into.hook(0);
                              hooked = hook != nullptr;
                              const std::vector<Range> pieces = cut(dy.shape()[0], kBatchPieces);
                              for (std::size_t i = 0; hooked && i < pieces.size(); ++i) {
                                for (long n = pieces[i].begin; n < pieces[i].end; ++n) {
                                  const Range image{n * dy.shape().row(), (n + 1) * dy.shape().row()};
                                  (*hook)(static_cast<long>(i), image, dy.data() + image.begin);
                                }
                              }
                              into.add(0, dy);
                            });
  };
  long listened = 0, rewritten = 0;
  for (const Case& c : cases()) {
    const Tensor dy = uniform(c.shape, 50), other = uniform(c.shape, 51);
    bool hooked = false, shared_hooked = false;
    Inputs in = make(c), shared = make(c);
    const Var result = pointwise_chain(in.operands, in.norm, in.steps)->back().value;
    backward(read(result, dy, hooked));
    const bool lanes = chain_kernel(pattern_of(c)).kernel == ChainKernel::lanes;
    const bool curved = std::any_of(c.steps.begin(), c.steps.end(), [](const StepCase& step) {
      return !step.grid && kernels::shares_exponential(step.activation);
    });
    if (hooked) ++(lanes && !curved ? listened : rewritten);
    // A second reader: then no hook is called.
    const Var twice = pointwise_chain(shared.operands, shared.norm, shared.steps)->back().value;
    bool unused = false;
    backward(add(read(twice, other, unused), read(twice, difference(dy, other), shared_hooked)));
    INFO(c.what);
    CHECK_FALSE(shared_hooked);
    for (std::size_t i = 0; i < in.learned.size(); ++i)
      check_close(str(c.what, ", gradient ", i), in.learned[i].gradient(), shared.learned[i].gradient(),
                  kDouble ? 1e-9 : 1e-3);
  }
  CHECK(listened > 5);
  CHECK(rewritten > 3);
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
  const std::vector<Quantized> twins = one_by_one(plain);
  backward(twins[0].value, dy);
  const long flips = flipped((*results)[0].codes, twins[0].codes);
  for (std::size_t i = 0; i < 3; ++i)  // both operands and the first scale
    check_gradient(str("gradient ", i), fused.learned[i].gradient(), plain.learned[i].gradient(), c.shape,
                   flips);
  for (std::size_t i = 3; i < fused.learned.size(); ++i)  // those behind it
    CHECK(largest(fused.learned[i].gradient()) == 0);
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
      const std::vector<Var> outputs = values(*pointwise_chain(in.operands, in.norm, in.steps));
      std::vector<Tensor> all = gradients(in, outputs);
      for (const Var& output : outputs) all.push_back(output.value());
      return all;
    });
  }
}

}  // namespace nibble::pointwise_chain_test
