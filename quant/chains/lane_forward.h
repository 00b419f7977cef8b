#pragma once

#include "quant/chains/chain_tables.h"
#include "quant/chains/lane_chain.h"

namespace nibble::chains {

// ChainKernels::forward and ::values in lanes. Private to chain_lanes.cpp.

inline bool all_zero(Ints v) {
  lanes::Int any = 0;
  for (long i = 0; i < lanes::kCount; ++i) any |= v[i];
  return any == 0;
}

/// Of a norm and a limit, in the order of memory: gain and offset are repeated over the rows of a block.
inline void limited_values(const Chain& chain, Range range, Real* into) {
  const Real lo = constants_of(chain.steps[0]).lo, hi = constants_of(chain.steps[0]).hi;
  const Real *const gain = chain.gain.data(), *const offset = chain.offset.data();
  const Source& source = chain.sources[0];
  Scratch<> loaded(source.value.empty() ? chain.block : 0);
  for (long begin = range.begin; begin < range.end; begin += chain.block, into += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    if (source.value.empty()) source.load(begin, n, loaded.data());
    const Real* const x = source.value.empty() ? loaded.data() : source.value.data() + begin;
    for (long i = 0; i < n; ++i) into[i] = std::min(std::max(x[i] * gain[i] + offset[i], lo), hi);
  }
}

template <typename L>
bool forward_in_lanes(const Chain& chain, Range range, std::vector<Kept>& kept) {
  L my(chain);
  typename L::Staged staged(chain);
  typename L::Results results(chain, kept);
  Ints not_numbers{};
  for_each_block<L::kHead>(
      chain, range, [&](Range block) { my.stage(block, staged, false); },
      [&](Range block, const auto& column) {
        const long n = column.n();
        const typename L::Columns of(chain, block.begin, column.c, n);
        Ints wrong{};
        for (long m = 0; m < column.rows; ++m) {
          const long i = column.first + m * column.width;
          Values v = my.head_of(staged.x(i, n), of, block.begin + i, n);
          L::each([&]<std::size_t k>(At<k>) {
            const Passed passed = my.template step<k>(v, i, n);
            v = passed.out;
            if constexpr (L::kSteps[k] == StepKind::quantize) {
              const Constants& constants = my.constants[k];
              wrong |= passed.saved != passed.saved;
              results.leave(At<k>(), lanes::truncated(code_of(constants, passed.saved) - constants.lo), i, n);
            } else {
              results.leave(At<k>(), v, i, n);
            }
          });
        }
        not_numbers |= wrong;
      },
      [&](Range block) { results.write(block); });
  return all_zero(not_numbers);
}

/// The same where all that is kept follows from the code of the first quantizer, by tables.
template <typename L>
bool forward_by_tables(const Chain& chain, Range range, std::vector<Kept>& kept) {
  for (const Step& step : chain.steps)
    if (step.kept && !step.grid) return forward_in_lanes<L>(chain, range, kept);
  const L my(chain);
  const std::optional<CodeTables> tables = code_tables(chain);
  if (!tables) return false;
  typename L::Staged staged(chain);
  Scratch<std::uint8_t> codes(block_size_of(chain));
  Ints not_numbers{};
  for_each_block<L::kHead>(
      chain, range, [&](Range block) { staged.read(block); },
      [&](Range block, const auto& column) {
        const long n = column.n();
        const typename L::Columns of(chain, block.begin, column.c, n);
        const Constants& first = my.constants[0];
        Ints wrong{};
        for (long m = 0; m < column.rows; ++m) {
          const long i = column.first + m * column.width;
          const Values v = my.head_of(staged.x(i, n), of, block.begin + i, n);
          const Values t = forward_step<StepKind::quantize>(first, v).saved;
          wrong |= t != t;
          lanes::store(lanes::truncated(code_of(first, t) - first.lo), codes.data() + i, n);
        }
        not_numbers |= wrong;
      },
      [&](Range block) {
        for (std::size_t k = 0; k < L::kCount; ++k) {
          if (!kept[k].codes.empty())
            kernels::look_up((*tables)[k], codes.data(), block.size(), kept[k].codes.data() + block.begin);
        }
      });
  return all_zero(not_numbers);
}

}  // namespace nibble::chains
