#include "autograd/ops/activation.h"
#include "autograd/ops/conv.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/linear.h"
#include "autograd/ops/loss.h"
#include "autograd/ops/norm.h"
#include "autograd/ops/pool.h"
#include "autograd/ops/shape.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

// Whole training steps on the engine that training uses: loss and every gradient, bit by bit.

namespace nibble::threads_test {
namespace {

std::vector<Tensor> one_step(Var (*activation)(const Var&)) {
  const Var x(uniform({13, 9, 10, 3}, 1), true);
  const Var stem(uniform({8, 3, 3, 3}, 2), true), border(uniform({1}, 3), true);
  const Var gain(uniform({8}, 4, 0.5f, 2), true), offset(uniform({8}, 5), true);
  const Var depthwise(uniform({8, 3, 3, 1}, 6), true), squeeze(uniform({8, 8}, 7), true);
  const Var pad(uniform({1}, 8), true), w(uniform({5, 24}, 9), true), b(uniform({5}, 10), true);
  Rng rng(11);

  kernels::ChannelMoments moments;
  Var y = conv2d(x, stem, border, {.padding = {1, 1}}).y;
  y = activation(batch_norm(y, gain, offset, 1e-5, moments));
  y = add(y, conv2d(y, depthwise, {}, {.padding = {1, 1}, .groups = 8}).y);
  y = multiply(y, sigmoid(linear(global_average(y), squeeze, {})));
  y = max_pool(dropout(y, Real(0.1), rng), {3, 3}, {2, 2}, {1, 1});
  y = concat(
      {global_average(subsample(y, 2, 16, 4, pad)), global_average(average_pool(y, {2, 2}, {2, 2}, {0, 0}))});
  Array<int> labels({13});
  for (int n = 0; n < 13; ++n) labels[n] = n % 5;
  const Var loss = cross_entropy(linear(y, w, b), labels, Real(0.1));
  backward(loss);

  std::vector<Tensor> results{loss.value(), moments.mean, moments.variance};
  for (const Var& leaf : {x, stem, border, gain, offset, depthwise, squeeze, pad, w, b}) {
    results.push_back(leaf.gradient());
  }
  return results;
}

}  // namespace

TEST_CASE("a_training_step_does_not_depend_on_the_thread_count") {
  struct Case {
    const char* what;
    Var (*activation)(const Var&);
  };
  for (const auto& [what, activation] :
       {Case{"relu", relu}, Case{"tanh", nibble::tanh}, Case{"swish", swish}, Case{"mish", mish}}) {
    check_threads_agree(what, [f = activation] { return one_step(f); });
  }
}

TEST_CASE("equal_steps_are_equal_bit_by_bit") {
  const std::vector<Tensor> first = one_step(relu), second = one_step(relu);
  for (std::size_t i = 0; i < first.size(); ++i) check_equal(str("tensor ", i), first[i], second[i]);
}

}  // namespace nibble::threads_test
