#include "quant/chains/chain_lanes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/check.h"
#include "quant/chains/chain_blocks.h"
#include "quant/chains/make_chain.h"
#include "tests/quant/chains/chain_cases.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::chain_lanes_test {
namespace {

using namespace chains;

constexpr bool kDouble = std::is_same_v<Real, double>;

Chain chain_of(const Case& c) {
  Inputs in = make(c);
  return make_chain(in.operands, in.norm, in.steps);
}

std::vector<Kept> run_forward(const Chain& chain, const ChainKernels& kernels) {
  std::vector<Kept> kept(chain.steps.size());
  for (std::size_t k = 0; k < kept.size(); ++k) {
    if (!chain.steps[k].kept) continue;
    if (chain.steps[k].grid) kept[k].codes = Array<std::uint8_t>(chain.shape);
    if (!chain.steps[k].grid) kept[k].value = Tensor(chain.shape);
  }
  for (const Range& chunk : chain.chunks()) CHECK(kernels.forward(chain, chunk, kept));
  return kept;
}

// d at the head, where the kernels leave it, and the sums of all chunks.
struct HeadAndSums {
  Tensor head;
  ChunkSums sums;
};
HeadAndSums run_backward(const Chain& chain, const ChainKernels& kernels, const StepGradients& dy) {
  HeadAndSums result{Tensor(chain.shape), ChunkSums(chain)};
  const bool again = kernels.input_gradient != nullptr;
  for (const Range& chunk : chain.chunks())
    kernels.backward(chain, dy, chunk, again ? nullptr : result.head.data() + chunk.begin, result.sums);
  return result;
}

// What stands in front of the image that factors multiply, or of a norm whose lines are 1, 0 and 0: d itself.
Tensor input_gradient(const Chain& chain, const ChainKernels& kernels, const StepGradients& dy) {
  const auto all = [&](Real value) {
    return std::vector<Real>(static_cast<std::size_t>(chain.block), value);
  };
  const NormLines lines{all(1), all(0), all(0)};
  Tensor d(chain.shape);
  for (const Range& chunk : chain.chunks())
    kernels.input_gradient(chain, dy, lines, chunk, d.data() + chunk.begin);
  return d;
}

Tensor tensor_of(const std::vector<double>& sums) {
  Tensor x({static_cast<long>(sums.size())});
  for (std::size_t i = 0; i < sums.size(); ++i) x[static_cast<long>(i)] = static_cast<Real>(sums[i]);
  return x;
}

// Both kernels run the same formulas in the same order, but for sums and for what the compiler contracts to
// fused multiply-adds.
void check_sums(const std::string& what, const std::vector<double>& found,
                const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  if (found.empty()) return;
  double most = 1;
  for (const double v : expected) most = std::max(most, std::abs(v));
  check_close(what, tensor_of(found), tensor_of(expected), (kDouble ? 1e-10 : 2e-3) * most);
}

long differing(const Tensor& a, const Tensor& b) {
  long count = 0;
  for (long i = 0; i < a.size(); ++i)
    count += !(std::abs(static_cast<double>(a[i] - b[i])) <= (kDouble ? 1e-10 : 1e-4));
  return count;
}

// In float a value at a rounding border may fall to either side.
long allowed(const Chain& chain) { return kDouble ? 0 : 1 + chain.shape.count() / 1000; }

}  // namespace

TEST_CASE("lanes_and_blocks_keep_the_same") {
  for (const Case& c : cases()) {
    const ChainKernels* const lanes = lane_kernels(pattern_of(c));
    if (lanes == nullptr) continue;
    const Chain chain = chain_of(c);
    const auto found = run_forward(chain, *lanes), expected = run_forward(chain, block_kernels());
    INFO(c.what);
    for (std::size_t k = 0; k < found.size(); ++k) {
      long different = 0;
      for (long i = 0; i < expected[k].codes.size(); ++i)
        different += found[k].codes[i] != expected[k].codes[i];
      if (!expected[k].value.empty()) different += differing(found[k].value, expected[k].value);
      CHECK(different <= allowed(chain));
    }
    if (lanes->values == nullptr) continue;
    Tensor values(chain.shape);
    for (const Range& chunk : chain.chunks()) lanes->values(chain, chunk, values.data() + chunk.begin);
    CHECK(differing(values, expected.back().value) <= allowed(chain));
  }
}

TEST_CASE("lanes_and_blocks_agree_going_backward") {
  for (const Case& c : cases()) {
    const ChainKernels* const lanes = lane_kernels(pattern_of(c));
    if (lanes == nullptr) continue;
    const Chain chain = chain_of(c);
    StepGradients dy(chain.steps.size());
    for (std::size_t k = 0; k < dy.size(); ++k)
      if (chain.steps[k].kept) dy[k] = uniform(chain.shape, 60 + k);
    const HeadAndSums found = run_backward(chain, *lanes, dy),
                      expected = run_backward(chain, block_kernels(), dy);
    INFO(c.what);
    const Tensor& of_blocks = expected.head;
    Tensor of_lanes = found.head;
    if (lanes->input_gradient != nullptr) of_lanes = input_gradient(chain, *lanes, dy);
    CHECK(differing(of_lanes, of_blocks) <= allowed(chain));
    check_sums("scale", found.sums.scale, expected.sums.scale);
    check_sums("shift", found.sums.shift, expected.sums.shift);
    check_sums("d", found.sums.d, expected.sums.d);
    check_sums("d (x - mean)", found.sums.d_centered, expected.sums.d_centered);
    check_sums("d x", found.sums.d_factors, expected.sums.d_factors);
  }
}

TEST_CASE("each_pattern_of_lanes_is_among_the_cases") {
  std::set<std::string> covered;
  const auto written = [](ChainPattern pattern) {
    for (auto& step : pattern.steps) {  // one activation for each kind of step
      if (step == ActivationKind::relu6) step = ActivationKind::relu;
      if (step == ActivationKind::mish) step = ActivationKind::swish;
    }
    return describe(pattern);
  };
  for (const Case& c : cases()) covered.insert(written(pattern_of(c)));

  std::vector<ChainPattern> all{{ChainHead::norm, {}}, {ChainHead::sum, {}}, {ChainHead::product, {}}};
  long in_lanes = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {  // up to five steps
    const ChainPattern pattern = all[i];
    if (chain_kernel(pattern).kernel == ChainKernel::lanes) {
      ++in_lanes;
      INFO(describe(pattern));
      CHECK(covered.count(describe(pattern)) == 1);
    }
    if (pattern.steps.size() == 5) continue;
    for (const std::optional<ActivationKind> step :
         {std::optional<ActivationKind>(), std::optional(ActivationKind::relu),
          std::optional(ActivationKind::swish)}) {
      all.push_back(pattern);
      all.back().steps.push_back(step);
    }
  }
  CHECK(in_lanes == 16);
}

TEST_CASE("a_chain_says_which_kernels_it_takes_and_why") {
  const ChainKernelChoice lanes = chain_kernel({ChainHead::norm, {ActivationKind::relu, std::nullopt}});
  CHECK(lanes.kernel == ChainKernel::lanes);
  CHECK(lanes.reason == "lanes know norm, relu, quantizer");
  const ChainKernelChoice step = chain_kernel({ChainHead::sum, {ActivationKind::leaky_relu}});
  CHECK(step.kernel == ChainKernel::blocks);
  CHECK(step.reason == "lanes know no leaky_relu, found sum, leaky_relu");
  const ChainKernelChoice order = chain_kernel({ChainHead::product, {ActivationKind::relu}});
  CHECK(order.kernel == ChainKernel::blocks);
  CHECK(order.reason == "lanes know all steps but not the pattern product, relu");
  CHECK(std::string(name(ChainKernel::lanes)) == "lanes");
  CHECK(std::string(name(ChainKernel::blocks)) == "blocks");
}

}  // namespace nibble::chain_lanes_test
