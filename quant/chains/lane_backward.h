#pragma once

#include <cassert>

#include "quant/chains/lane_chain.h"

namespace nibble::chains {

// ChainKernels::backward and ::input_gradient in lanes. Private to chain_lanes.cpp.

/// What a column adds to the gradients of each step's grid.
template <typename L>
using GridTermsOf = std::array<GridTerms, L::kCount>;

/// d in front of the first step, of the element at `i` in the block, from v, the first step's input.
template <bool sums, typename L>
NIBBLE_LANES Values backward_all(const L& my, Values v, const typename L::Staged& staged, long i, long n,
                                 GridTermsOf<L>& into) {
  std::array<Values, L::kCount> saved;
  L::each([&]<std::size_t k>(At<k>) {
    const Passed passed = my.template step<k>(v, i, n);
    saved[k] = passed.saved;
    v = passed.out;
  });
  Values d{};
  L::each_backward([&]<std::size_t k>(At<k>) {
    if (staged.d(k) != nullptr) d += lanes::load(staged.d(k) + i, n);
    d = backward_step<L::kSteps[k], sums>(my.constants[k], saved[k], d, into[k]);
  });
  return d;
}

template <typename L>
void backward_in_lanes(const Chain& chain, const StepGradients& dy, Range range, Real* head,
                       ChunkSums& sums) {
  assert((head == nullptr) == L::kAgain);
  L my(chain);
  typename L::Staged staged(chain, &dy);
  GridTermsOf<L> of_block{};
  const auto fold = [&] {
    for (std::size_t k = 0; k < L::kCount; ++k) {
      sums.scale[k] += static_cast<double>(lanes::sum(of_block[k].scale));
      sums.shift[k] += static_cast<double>(lanes::sum(of_block[k].shift));
      of_block[k] = {};
    }
  };
  for_each_block<L::kHead>(
      chain, range, [&](Range block) { my.stage(block, staged, true); },
      [&](Range block, const auto& column) {
        const long n = column.n();
        const typename L::Columns of(chain, block.begin, column.c, n);
        GridTermsOf<L> grids{};
        Values sum{}, product{};
        for (long m = 0; m < column.rows; ++m) {
          const long i = column.first + m * column.width, at = block.begin + i;
          const Values x = staged.x(i, n);
          const Values d = backward_all<true>(my, my.head_of(x, of, at, n), staged, i, n, grids);
          if constexpr (L::kHead == ChainHead::norm) {
            sum += d;
            product += d * (x - of.mean);
          } else if constexpr (L::kHead == ChainHead::product) {
            product += d * x;
          }
          if constexpr (!L::kAgain) lanes::store(d, head + (at - range.begin), n);
        }
        L::each([&]<std::size_t k>(At<k>) {
          of_block[k].scale += grids[k].scale;
          of_block[k].shift += grids[k].shift;
        });
        for (long j = 0; j < n; ++j) {
          const auto at = static_cast<std::size_t>(column.c + j);
          if constexpr (L::kHead == ChainHead::norm) {
            sums.d[at] += static_cast<double>(sum[j]);
            sums.d_centered[at] += static_cast<double>(product[j]);
          } else if constexpr (L::kHead == ChainHead::product) {
            sums.d_factors[at] += static_cast<double>(product[j]);
          }
        }
      },
      [&](Range) { fold(); });
}

template <typename L>
void input_gradient_in_lanes(const Chain& chain, const StepGradients& dy, const NormLines& lines, Range range,
                             Real* into) {
  constexpr bool normed = L::kHead == ChainHead::norm;
  L my(chain);
  typename L::Staged staged(chain, &dy);
  for_each_block<L::kHead>(
      chain, range, [&](Range block) { my.stage(block, staged, true); },
      [&](Range block, const auto& column) {
        const long n = column.n();
        const typename L::Columns of(chain, block.begin, column.c, n);
        Values a = of.gain, b{}, constant{};
        if constexpr (normed) {
          a = lanes::load(lines.a.data() + column.c, n);
          b = lanes::load(lines.b.data() + column.c, n);
          constant = lanes::load(lines.c.data() + column.c, n);
        }
        GridTermsOf<L> unused;
        for (long m = 0; m < column.rows; ++m) {
          const long i = column.first + m * column.width, at = block.begin + i;
          const Values x = staged.x(i, n);
          const Values d = backward_all<false>(my, my.head_of(x, of, at, n), staged, i, n, unused);
          lanes::store(normed ? a * d + b * x + constant : a * d, into + (at - range.begin), n);
        }
      },
      [](Range) {});
}

}  // namespace nibble::chains
