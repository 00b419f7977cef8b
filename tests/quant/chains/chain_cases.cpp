#include "tests/quant/chains/chain_cases.h"

#include <algorithm>

#include "quant/ops/fake_quantize.h"
#include "tests/support/random_tensor.h"

namespace nibble {
namespace {

StepCase act(ActivationKind kind, bool kept = false) { return {{}, kind, false, kept}; }
StepCase quant(Grid grid, bool shifted, bool kept = false) {
  return {grid, ActivationKind::relu, shifted, kept};
}

}  // namespace

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

ChainPattern pattern_of(const Case& c) {
  const bool normed = c.head == Head::norm || c.head == Head::norm_of_sums || c.head == Head::given_norm;
  const bool summed = c.head == Head::sum || c.head == Head::coded_sum;
  ChainPattern pattern{normed ? ChainHead::norm : summed ? ChainHead::sum : ChainHead::product, {}};
  for (const StepCase& step : c.steps)
    pattern.steps.push_back(step.grid ? std::nullopt : std::optional(step.activation));
  return pattern;
}

}  // namespace nibble
