#pragma once

#include <array>
#include <utility>

#include "quant/chains/lane_blocks.h"
#include "quant/chains/lane_steps.h"

namespace nibble::chains {

/// A chain whose pattern the compiler knows: its steps one by one, on sixteen numbers. Private to
/// chain_lanes.cpp.
template <ChainHead head, StepKind... steps>
struct Lanes {
  static constexpr ChainHead kHead = head;
  static constexpr std::size_t kCount = sizeof...(steps);
  static constexpr std::array<StepKind, kCount> kSteps{steps...};
  using Columns = chains::Columns<head>;
  using Staged = chains::Staged<head, kCount>;
  using Results = chains::Results<kCount>;

  // Where a curve stands, or kCount.
  static constexpr std::size_t kCurve = [] {
    std::size_t k = 0;
    while (k < kCount && kSteps[k] != StepKind::curve) ++k;
    return k;
  }();
  static constexpr bool kCurved = kCurve < kCount;
  // Whether the backward pass computes d at the head again where it is read. Not for a sum, whose d is read
  // more than once, nor for a curve, which takes longer than memory.
  static constexpr bool kAgain = head != ChainHead::sum && !kCurved;

  const Chain& chain;
  std::array<Constants, kCount> constants;
  // Arguments, values and derivatives of the curve for a block. A curve is a long computation, so it is a
  // loop of its own over the block: within the loop over all steps the processor would have too few elements
  // in work.
  Scratch<> curve;
  Real *argument = nullptr, *value = nullptr, *derivative = nullptr;

  explicit Lanes(const Chain& of) : chain(of), curve(kCurved ? 3 * block_size_of(of) : 0) {
    for (std::size_t k = 0; k < kCount; ++k) constants[k] = constants_of(chain.steps[k]);
    argument = curve.data();
    value = argument + block_size_of(of);
    derivative = value + block_size_of(of);
  }

  // What a step makes of v, the element at `i` in the block. Nobody reads what a last quantizer rounds.
  template <std::size_t k>
  NIBBLE_LANES Passed step(Values v, long i, long n) const {
    if constexpr (kSteps[k] == StepKind::curve) {
      return {lanes::load(value + i, n), lanes::load(derivative + i, n)};
    } else {
      Passed passed = forward_step<kSteps[k]>(constants[k], v);
      if constexpr (kSteps[k] == StepKind::quantize && k + 1 < kCount)
        passed.out = on_grid(constants[k], code_of(constants[k], passed.saved));
      return passed;
    }
  }

  // Reads a block, and fills the curve's arrays for it.
  void stage(Range block, Staged& staged, bool derive) {
    staged.read(block);
    if constexpr (kCurved) {
      for_each_column<head>(chain, block, [&](const auto& column) {
        const long n = column.n();
        const Columns of(chain, block.begin, column.c, n);
        for (long m = 0; m < column.rows; ++m) {
          const long i = column.first + m * column.width;
          Values v = head_of(staged.x(i, n), of, block.begin + i, n);
          each([&]<std::size_t k>(At<k>) {
            if constexpr (k < kCurve) v = step<k>(v, i, n).out;
          });
          lanes::store(v, argument + i, n);
        }
      });
      const ActivationKind kind = chain.steps[kCurve].activation;
      if (derive) {
        kernels::activate_and_derive(kind, argument, value, derivative, block.size());
      } else {
        kernels::activate(kind, 0, argument, value, block.size());
      }
    }
  }

  // The input of the first step. x: the head's operand; a sum reads its own.
  NIBBLE_LANES Values head_of(Values x, const Columns& of, long at, long n) const {
    if constexpr (head == ChainHead::norm) return x * of.gain + of.offset;
    if constexpr (head == ChainHead::product) return x * of.gain;
    return read(chain.sources[0], at, n) + read(chain.sources[1], at, n);
  }

  // visit(k) for the steps in order, and in the opposite one.
  template <typename Visit>
  NIBBLE_LANES static void each(const Visit& visit) {
    [&]<std::size_t... k>(std::index_sequence<k...>) { (visit(At<k>()), ...); }
    (std::make_index_sequence<kCount>());
  }
  template <typename Visit>
  NIBBLE_LANES static void each_backward(const Visit& visit) {
    each([&]<std::size_t k>(At<k>) { visit(At<kCount - 1 - k>()); });
  }
};

}  // namespace nibble::chains
