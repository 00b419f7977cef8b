#include "quant/chain_lanes.h"

#include <array>
#include <utility>

#include "core/scratch.h"
#include "quant/lane_steps.h"

namespace nibble::chains {
namespace {

constexpr long kBlock = 2048;  // elements: theirs and their gradients' stay in the first-level cache
constexpr long kFewRows = 8;   // of a block at least, so that what belongs to a channel is loaded seldom

long block_size_of(const Chain& chain) {
  return std::max(kBlock / chain.channels, kFewRows) * chain.channels;
}

// What is the same for all rows of sixteen channels.
template <Head head>
struct Columns {
  Values gain{}, offset{}, mean{};

  NIBBLE_LANES Columns(const Chain& chain, long first, long c, long n) {
    if constexpr (head == Head::norm) {
      gain = lanes::load(chain.gain.data() + c, n);
      offset = lanes::load(chain.offset.data() + c, n);
      mean = lanes::load(chain.mean.data() + c, n);
    } else if constexpr (head == Head::product) {
      gain = lanes::load(chain.factors_at(first) + c, n);
    }
  }
};

NIBBLE_LANES Values read(const Source& source, long at, long n) {
  if (source.codes.empty()) return lanes::load(source.value.data() + at, n);
  return source.grid.scale *
             (lanes::load(source.codes.data() + at, n) + static_cast<Real>(source.grid.grid.lo)) +
         source.grid.shift;
}

// Sixteen channels of some rows of a block, n() of them if they are the last: elements first + m · width,
// counted from the block's first.
template <bool full>
struct Column {
  long first, rows, width, c, some;
  long n() const { return full ? lanes::kCount : some; }
};

// Calls visit(column) for the columns of a block. A sum knows no channels: its elements are rows of sixteen.
template <Head head, typename Visit>
NIBBLE_LANES void for_each_column(const Chain& chain, Range block, const Visit& visit) {
  const long width = head == Head::sum ? lanes::kCount : chain.channels;
  const long rows = block.size() / width, tail = width % lanes::kCount;
  for (long c = 0; c + lanes::kCount <= width; c += lanes::kCount) visit(Column<true>{c, rows, width, c, 0});
  if (tail > 0) visit(Column<false>{width - tail, rows, width, width - tail, tail});
  // Only a sum's last block is no whole number of rows.
  const long rest = block.size() - rows * width;
  if (rest > 0) visit(Column<false>{block.size() - rest, 1, width, 0, rest});
}

// The same for each of a range's blocks, between begin(block) and end(block).
template <Head head, typename Begin, typename Visit, typename End>
NIBBLE_LANES void for_each_block(const Chain& chain, Range range, const Begin& begin, const Visit& visit,
                                 const End& end) {
  const long size = block_size_of(chain);
  const long image = head == Head::product ? chain.shape.row() : chain.shape.count();  // with its own factors
  for (long first = range.begin; first < range.end;) {
    const Range block{first, std::min({first + size, range.end, (first / image + 1) * image})};
    begin(block);
    for_each_column<head>(chain, block, [&](const auto& column) { visit(block, column); });
    end(block);
    first = block.end;
  }
}

// What a block reads, in the first-level cache: columns are no stream that the processor would fetch ahead.
template <Head head, std::size_t steps>
class Staged {
 public:
  explicit Staged(const Chain& chain, const StepGradients* dy = nullptr)
      : chain_(chain), dy_(dy), size_(block_size_of(chain)), memory_(static_cast<long>(steps + 1) * size_) {
    if (dy == nullptr) return;
    for (std::size_t k = 0; k < steps; ++k)
      if (chain.steps[k].kept && !(*dy)[k].empty()) d_[k] = memory_.data() + static_cast<long>(k + 1) * size_;
  }

  void read(Range block) {
    if (head != Head::sum) chain_.sources[0].load(block.begin, block.size(), memory_.data());
    for (std::size_t k = 0; k < steps; ++k) {
      if (d_[k] == nullptr) continue;
      const Real* const from = (*dy_)[k].block(block, d_[k]);
      if (from != d_[k]) std::copy_n(from, block.size(), d_[k]);
    }
  }
  NIBBLE_LANES Values x(long i, long n) const {
    if constexpr (head == Head::sum) return Values{};
    return lanes::load(memory_.data() + i, n);
  }
  /// Null where nobody asked.
  const Real* d(std::size_t step) const { return d_[step]; }

 private:
  const Chain& chain_;
  const StepGradients* dy_;
  long size_;
  Scratch<> memory_;
  std::array<Real*, steps> d_{};
};

// What a block keeps, in the first-level cache until the block is whole.
template <std::size_t steps>
class Results {
 public:
  Results(const Chain& chain, std::vector<Kept>& kept)
      : kept_(kept),
        size_(block_size_of(chain)),
        memory_(static_cast<long>(steps) * size_ * static_cast<long>(sizeof(Real))) {
    for (std::size_t k = 0; k < steps; ++k) {
      std::uint8_t* const room = memory_.data() + static_cast<long>(k * sizeof(Real)) * size_;
      if (!kept[k].codes.empty()) codes_[k] = room;
      if (!kept[k].value.empty()) values_[k] = reinterpret_cast<Real*>(room);
    }
  }
  template <std::size_t k>
  NIBBLE_LANES void leave(At<k>, Ints code, long i, long n) {
    if (codes_[k] != nullptr) lanes::store(code, codes_[k] + i, n);
  }
  template <std::size_t k>
  NIBBLE_LANES void leave(At<k>, Values value, long i, long n) {
    if (values_[k] != nullptr) lanes::store(value, values_[k] + i, n);
  }
  void write(Range block) {
    for (std::size_t k = 0; k < steps; ++k) {
      if (codes_[k] != nullptr) std::copy_n(codes_[k], block.size(), kept_[k].codes.data() + block.begin);
      if (values_[k] != nullptr) std::copy_n(values_[k], block.size(), kept_[k].value.data() + block.begin);
    }
  }

 private:
  std::vector<Kept>& kept_;
  long size_;
  Scratch<std::uint8_t> memory_;
  std::array<std::uint8_t*, steps> codes_{};
  std::array<Real*, steps> values_{};
};

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
