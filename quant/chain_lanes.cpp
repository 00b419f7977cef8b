#include "quant/chain_lanes.h"

#include <array>
#include <cassert>
#include <utility>

#include "quant/lane_blocks.h"

namespace nibble::chains {
namespace {

template <Head head, Kind... kinds>
struct Kernels {
  static constexpr std::size_t kSteps = sizeof...(kinds);
  static constexpr std::array<Kind, kSteps> kKinds{kinds...};
  using Saved = std::array<Values, kSteps>;
  using Sums = std::array<GridSums, kSteps>;

  const Chain& chain;
  std::array<Constants, kSteps> constants;

  explicit Kernels(const Chain& of) : chain(of) {
    for (std::size_t k = 0; k < kSteps; ++k) constants[k] = constants_of(chain.steps[k]);
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

  static bool forward(const Chain& of_chain, Range range, std::vector<Kept>& kept) {
    const Kernels my(of_chain);
    Staged<head, kSteps> staged(of_chain);
    Results<kSteps> results(of_chain, kept);
    Ints not_numbers{};
    for_each_block<head>(
        of_chain, range, [&](Range block) { staged.read(block); },
        [&](Range block, const auto& column) {
          const long n = column.n();
          const Columns<head> of(of_chain, block.begin, column.c, n);
          Ints wrong{};
          for (long m = 0; m < column.rows; ++m) {
            const long i = column.first + m * column.width;
            Values v = my.head_of(staged.x(i, n), of, block.begin + i, n);
            each([&]<std::size_t k>(At<k>) {
              const Constants& constants = my.constants[k];
              const Passed passed = forward_step<kKinds[k]>(constants, v);
              if constexpr (kKinds[k] == Kind::quantize) {
                const Values code = code_of(constants, passed.saved);
                wrong |= passed.saved != passed.saved;
                if constexpr (k + 1 < kSteps) v = on_grid(constants, code);
                results.leave(At<k>(), lanes::truncated(code - constants.lo), i, n);
              } else {
                v = passed.out;
                results.leave(At<k>(), v, i, n);
              }
            });
          }
          not_numbers |= wrong;
        },
        [&](Range block) { results.write(block); });
    for (long i = 0; i < lanes::kCount; ++i)
      if (not_numbers[i] != 0) return false;
    return true;
  }

  // d in front of the first step, of the element at `i` in the block.
  template <bool sums>
  NIBBLE_LANES Values backward_all(Values v, const Staged<head, kSteps>& staged, long i, long n,
                                   Sums& into) const {
    Saved saved;
    each([&]<std::size_t k>(At<k>) {
      const Passed passed = forward_step<kKinds[k]>(constants[k], v);
      saved[k] = passed.saved;
      v = passed.out;
      if constexpr (kKinds[k] == Kind::quantize && k + 1 < kSteps)
        v = on_grid(constants[k], code_of(constants[k], saved[k]));
    });
    Values d{};
    each_backward([&]<std::size_t k>(At<k>) {
      if (staged.d(k) != nullptr) d += lanes::load(staged.d(k) + i, n);
      d = backward_step<kKinds[k], sums>(constants[k], saved[k], d, into[k]);
    });
    return d;
  }

  static ChunkSums backward(const Chain& of_chain, const StepGradients& dy, Range range, Real* into) {
    assert((into != nullptr) == (head == Head::sum));
    const Kernels my(of_chain);
    Staged<head, kSteps> staged(of_chain, &dy);
    ChunkSums sums{std::vector<double>(kSteps), std::vector<double>(kSteps), {}, {}, {}};
    const auto channels = static_cast<std::size_t>(of_chain.channels);
    if constexpr (head == Head::norm) sums.d.resize(channels), sums.d_centered.resize(channels);
    if constexpr (head == Head::product) sums.d_factors.resize(channels);
    Sums of_block{};
    const auto fold = [&] {
      for (std::size_t k = 0; k < kSteps; ++k) {
        sums.scale[k] += static_cast<double>(lanes::sum(of_block[k].scale));
        sums.shift[k] += static_cast<double>(lanes::sum(of_block[k].shift));
        of_block[k] = {};
      }
    };
    for_each_block<head>(
        of_chain, range, [&](Range block) { staged.read(block); },
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
    return sums;
  }

  static void input_gradient(const Chain& of_chain, const StepGradients& dy, const NormLines& lines,
                             Range range, Real* into) {
    const Kernels my(of_chain);
    Staged<head, kSteps> staged(of_chain, &dy);
    for_each_block<head>(
        of_chain, range, [&](Range block) { staged.read(block); },
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

struct Pattern {
  Head head;
  std::vector<Kind> kinds;
  ChainKernels kernels;
};

template <Head head, Kind... kinds>
Pattern pattern() {
  using K = Kernels<head, kinds...>;
  if constexpr (head != Head::sum) {
    return {head, {kinds...}, {K::forward, K::backward, K::input_gradient}};
  } else {
    return {head, {kinds...}, {K::forward, K::backward, nullptr}};
  }
}

std::optional<Kind> kind_of(const Step& step) {
  if (step.grid) return Kind::quantize;
  if (step.activation == ActivationKind::swish) return Kind::swish;
  if (step.activation == ActivationKind::relu || step.activation == ActivationKind::relu6) return Kind::limit;
  return {};
}

}  // namespace

const ChainKernels* lane_kernels(const Chain& chain) {
  constexpr Kind limit = Kind::limit, quantize = Kind::quantize, swish = Kind::swish;
  static const std::vector<Pattern> patterns{
      pattern<Head::norm, limit>(),
      pattern<Head::norm, swish>(),
      pattern<Head::norm, quantize>(),
      pattern<Head::norm, limit, quantize>(),
      pattern<Head::norm, quantize, quantize>(),
      pattern<Head::norm, limit, quantize, quantize>(),
      pattern<Head::sum, limit>(),
      pattern<Head::sum, quantize>(),
      pattern<Head::sum, limit, quantize>(),
      pattern<Head::sum, quantize, quantize>(),
      pattern<Head::sum, limit, quantize, quantize>(),
      pattern<Head::product, quantize>(),
      pattern<Head::product, quantize, quantize>(),
  };
  std::vector<Kind> kinds;
  for (const Step& step : chain.steps) {
    const std::optional<Kind> kind = kind_of(step);
    if (!kind) return nullptr;
    kinds.push_back(*kind);
  }
  if (!chain.normed && !chain.multiplied() && chain.sources.size() != 2) return nullptr;
  const Head head = chain.normed ? Head::norm : chain.multiplied() ? Head::product : Head::sum;
  for (const Pattern& known : patterns)
    if (known.head == head && known.kinds == kinds) return &known.kernels;
  return nullptr;
}

}  // namespace nibble::chains
