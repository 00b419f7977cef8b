#pragma once

#include <array>
#include <cassert>
#include <utility>

#include "quant/chains/chain_tables.h"
#include "quant/chains/lane_blocks.h"
#include "quant/chains/lane_steps.h"

namespace nibble::chains {

inline bool all_zero(Ints v) {
  lanes::Int any = 0;
  for (long i = 0; i < lanes::kCount; ++i) any |= v[i];
  return any == 0;
}

/// A chain's walks, its pattern known to the compiler. Private to chain_lanes.cpp.
template <Head head, Kind... kinds>
struct Kernels {
  static constexpr std::size_t kSteps = sizeof...(kinds);
  static constexpr std::array<Kind, kSteps> kKinds{kinds...};
  using Saved = std::array<Values, kSteps>;
  using Sums = std::array<GridTerms, kSteps>;

  // Where a curve stands, or kSteps.
  static constexpr std::size_t kCurve = [] {
    std::size_t k = 0;
    while (k < kSteps && kKinds[k] != Kind::curve) ++k;
    return k;
  }();
  static constexpr bool kCurved = kCurve < kSteps;
  // Whether d is computed again where it is read. A sum's is read by more than one, a curve's takes longer
  // than memory.
  static constexpr bool kAgain = head != Head::sum && !kCurved;

  const Chain& chain;
  std::array<Constants, kSteps> constants;
  // A block's arguments, values and derivatives of the curve: so long an arithmetic is a loop of its own, or
  // the processor could not have enough of its elements in work.
  Scratch<> curve;
  Real *argument = nullptr, *value = nullptr, *derivative = nullptr;

  explicit Kernels(const Chain& of) : chain(of), curve(kCurved ? 3 * block_size_of(of) : 0) {
    for (std::size_t k = 0; k < kSteps; ++k) constants[k] = constants_of(chain.steps[k]);
    argument = curve.data();
    value = argument + block_size_of(of);
    derivative = value + block_size_of(of);
  }

  // What a step makes of v, the element at `i` in the block. Nobody reads what a last quantizer rounds.
  template <std::size_t k>
  NIBBLE_LANES Passed step(Values v, long i, long n) const {
    if constexpr (kKinds[k] == Kind::curve) {
      return {lanes::load(value + i, n), lanes::load(derivative + i, n)};
    } else {
      Passed passed = forward_step<kKinds[k]>(constants[k], v);
      if constexpr (kKinds[k] == Kind::quantize && k + 1 < kSteps)
        passed.out = on_grid(constants[k], code_of(constants[k], passed.saved));
      return passed;
    }
  }

  // Reads a block, and fills the curve's arrays for it.
  void stage(Range block, Staged<head, kSteps>& staged, bool derive) {
    staged.read(block);
    if constexpr (kCurved) {
      for_each_column<head>(chain, block, [&](const auto& column) {
        const long n = column.n();
        const Columns<head> of(chain, block.begin, column.c, n);
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
  NIBBLE_LANES Values head_of(Values x, const Columns<head>& of, long at, long n) const {
    if constexpr (head == Head::norm) return x * of.gain + of.offset;
    if constexpr (head == Head::product) return x * of.gain;
    return read(chain.sources[0], at, n) + read(chain.sources[1], at, n);
  }

  // visit(k) for the steps in order, and in the opposite one.
  template <typename Visit>
  NIBBLE_LANES static void each(const Visit& visit) {
    [&]<std::size_t... k>(std::index_sequence<k...>) { (visit(At<k>()), ...); }
    (std::make_index_sequence<kSteps>());
  }
  template <typename Visit>
  NIBBLE_LANES static void each_backward(const Visit& visit) {
    each([&]<std::size_t k>(At<k>) { visit(At<kSteps - 1 - k>()); });
  }

  // Of a norm and a limit, in the order of memory: gain and offset are repeated over the rows of a block.
  static void limited_values(const Chain& chain, Range range, Real* into) {
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

  static bool forward(const Chain& of_chain, Range range, std::vector<Kept>& kept) {
    Kernels my(of_chain);
    Staged<head, kSteps> staged(of_chain);
    Results<kSteps> results(of_chain, kept);
    Ints not_numbers{};
    for_each_block<head>(
        of_chain, range, [&](Range block) { my.stage(block, staged, false); },
        [&](Range block, const auto& column) {
          const long n = column.n();
          const Columns<head> of(of_chain, block.begin, column.c, n);
          Ints wrong{};
          for (long m = 0; m < column.rows; ++m) {
            const long i = column.first + m * column.width;
            Values v = my.head_of(staged.x(i, n), of, block.begin + i, n);
            each([&]<std::size_t k>(At<k>) {
              const Passed passed = my.template step<k>(v, i, n);
              v = passed.out;
              if constexpr (kKinds[k] == Kind::quantize) {
                const Constants& constants = my.constants[k];
                wrong |= passed.saved != passed.saved;
                results.leave(At<k>(), lanes::truncated(code_of(constants, passed.saved) - constants.lo), i,
                              n);
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

  // The same where all that is kept follows from the code of the first quantizer, by tables.
  static bool forward_by_tables(const Chain& of_chain, Range range, std::vector<Kept>& kept) {
    for (const Step& step : of_chain.steps)
      if (step.kept && !step.grid) return forward(of_chain, range, kept);
    const Kernels my(of_chain);
    const std::optional<CodeTables> tables = code_tables(of_chain);
    if (!tables) return false;
    Staged<head, kSteps> staged(of_chain);
    Scratch<std::uint8_t> codes(block_size_of(of_chain));
    Ints not_numbers{};
    for_each_block<head>(
        of_chain, range, [&](Range block) { staged.read(block); },
        [&](Range block, const auto& column) {
          const long n = column.n();
          const Columns<head> of(of_chain, block.begin, column.c, n);
          const Constants& first = my.constants[0];
          Ints wrong{};
          for (long m = 0; m < column.rows; ++m) {
            const long i = column.first + m * column.width;
            const Values v = my.head_of(staged.x(i, n), of, block.begin + i, n);
            const Values t = forward_step<Kind::quantize>(first, v).saved;
            wrong |= t != t;
            lanes::store(lanes::truncated(code_of(first, t) - first.lo), codes.data() + i, n);
          }
          not_numbers |= wrong;
        },
        [&](Range block) {
          for (std::size_t k = 0; k < kSteps; ++k) {
            if (!kept[k].codes.empty())
              kernels::look_up((*tables)[k], codes.data(), block.size(), kept[k].codes.data() + block.begin);
          }
        });
    return all_zero(not_numbers);
  }

  // d in front of the first step, of the element at `i` in the block.
  template <bool sums>
  NIBBLE_LANES Values backward_all(Values v, const Staged<head, kSteps>& staged, long i, long n,
                                   Sums& into) const {
    Saved saved;
    each([&]<std::size_t k>(At<k>) {
      const Passed passed = step<k>(v, i, n);
      saved[k] = passed.saved;
      v = passed.out;
    });
    Values d{};
    each_backward([&]<std::size_t k>(At<k>) {
      if (staged.d(k) != nullptr) d += lanes::load(staged.d(k) + i, n);
      d = backward_step<kKinds[k], sums>(constants[k], saved[k], d, into[k]);
    });
    return d;
  }

  static void backward(const Chain& of_chain, const StepGradients& dy, Range range, Real* into,
                       ChunkSums& sums) {
    assert((into == nullptr) == kAgain);
    Kernels my(of_chain);
    Staged<head, kSteps> staged(of_chain, &dy);
    Sums of_block{};
    const auto fold = [&] {
      for (std::size_t k = 0; k < kSteps; ++k) {
        sums.scale[k] += static_cast<double>(lanes::sum(of_block[k].scale));
        sums.shift[k] += static_cast<double>(lanes::sum(of_block[k].shift));
        of_block[k] = {};
      }
    };
    for_each_block<head>(
        of_chain, range, [&](Range block) { my.stage(block, staged, true); },
        [&](Range block, const auto& column) {
          const long n = column.n();
          const Columns<head> of(of_chain, block.begin, column.c, n);
          Sums grids{};
          Values sum{}, product{};
          for (long m = 0; m < column.rows; ++m) {
            const long i = column.first + m * column.width, at = block.begin + i;
            const Values x = staged.x(i, n);
            const Values d = my.template backward_all<true>(my.head_of(x, of, at, n), staged, i, n, grids);
            if constexpr (head == Head::norm) {
              sum += d;
              product += d * (x - of.mean);
              if constexpr (!kAgain) lanes::store(d, into + (at - range.begin), n);
            } else if constexpr (head == Head::product) {
              product += d * x;
            } else {
              lanes::store(d, into + (at - range.begin), n);
            }
          }
          each([&]<std::size_t k>(At<k>) {
            of_block[k].scale += grids[k].scale;
            of_block[k].shift += grids[k].shift;
          });
          for (long j = 0; j < n; ++j) {
            const auto at = static_cast<std::size_t>(column.c + j);
            if constexpr (head == Head::norm) {
              sums.d[at] += static_cast<double>(sum[j]);
              sums.d_centered[at] += static_cast<double>(product[j]);
            } else if constexpr (head == Head::product) {
              sums.d_factors[at] += static_cast<double>(product[j]);
            }
          }
        },
        [&](Range) { fold(); });
  }

  static void input_gradient(const Chain& of_chain, const StepGradients& dy, const NormLines& lines,
                             Range range, Real* into) {
    Kernels my(of_chain);
    Staged<head, kSteps> staged(of_chain, &dy);
    for_each_block<head>(
        of_chain, range, [&](Range block) { my.stage(block, staged, true); },
        [&](Range block, const auto& column) {
          const long n = column.n();
          const Columns<head> of(of_chain, block.begin, column.c, n);
          Values a = of.gain, b{}, constant{};
          if constexpr (head == Head::norm) {
            a = lanes::load(lines.a.data() + column.c, n);
            b = lanes::load(lines.b.data() + column.c, n);
            constant = lanes::load(lines.c.data() + column.c, n);
          }
          Sums unused;
          for (long m = 0; m < column.rows; ++m) {
            const long i = column.first + m * column.width, at = block.begin + i;
            const Values x = staged.x(i, n);
            const Values d = my.template backward_all<false>(my.head_of(x, of, at, n), staged, i, n, unused);
            lanes::store(head == Head::norm ? a * d + b * x + constant : a * d, into + (at - range.begin), n);
          }
        },
        [](Range) {});
  }
};

}  // namespace nibble::chains
