#pragma once

#include <limits>

#include "core/simd/lanes.h"
#include "quant/chains/chain_lanes.h"

namespace nibble::chains {

// The steps of a chain on sixteen numbers, known to the compiler. Private to chain_lanes.cpp.

using lanes::Ints;
using lanes::Values;

template <std::size_t k>
using At = std::integral_constant<std::size_t, k>;

/// What a step needs, as numbers.
struct Constants {
  Real lo, hi;                 // of a limit (ReLU: 0 and infinity), or of the grid's codes
  Real scale, inverse, shift;  // of the grid
};

inline Constants constants_of(const Step& step) {
  if (step.grid) {
    const AffineGrid& at = *step.grid;
    return {static_cast<Real>(at.grid.lo), static_cast<Real>(at.grid.hi), at.scale, 1 / at.scale, at.shift};
  }
  const Real infinity = std::numeric_limits<Real>::infinity();
  return {0, step.activation == ActivationKind::relu6 ? Real(6) : infinity, 1, 1, 0};
}

/// A step forward: what comes out, and what its gradient is made of.
struct Passed {
  Values out, saved;
};

template <StepKind kind>
NIBBLE_LANES Passed forward_step(const Constants& k, Values v) {
  static_assert(kind != StepKind::curve);
  if constexpr (kind == StepKind::limit) {
    return {lanes::min(lanes::max(v, lanes::all(k.lo)), lanes::all(k.hi)), v};
  } else {
    return {v, (v - k.shift) * k.inverse};  // rounded where somebody reads on
  }
}

NIBBLE_LANES Values limited(const Constants& k, Values t) {
  return lanes::min(lanes::max(t, lanes::all(k.lo)), lanes::all(k.hi));
}
NIBBLE_LANES Values code_of(const Constants& k, Values t) { return lanes::floor(limited(k, t) + Real(0.5)); }
NIBBLE_LANES Values on_grid(const Constants& k, Values code) { return k.scale * code + k.shift; }

/// Terms of the gradients of a grid.
struct GridTerms {
  Values scale{}, shift{};
};

template <StepKind kind, bool sums>
NIBBLE_LANES Values backward_step(const Constants& k, Values saved, Values d, GridTerms& into) {
  if constexpr (kind == StepKind::limit) {
    return (saved > k.lo) & (saved < k.hi) ? d : Values{};
  } else if constexpr (kind == StepKind::curve) {
    return d * saved;
  } else {
    const Values within = limited(k, saved);
    const Values passed = within == saved ? d : Values{};
    if constexpr (sums) {
      into.scale += d * lanes::floor(within + Real(0.5)) - passed * within;
      into.shift += d - passed;
    }
    return passed;
  }
}

}  // namespace nibble::chains
