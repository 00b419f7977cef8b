#pragma once

#include <array>

#include "core/scratch.h"
#include "quant/chains/lane_steps.h"

namespace nibble::chains {

// How a chain's elements come into registers, sixteen channels of some rows at a time, and leave them.
// Private to chain_lanes.cpp.

/// Elements of a block: theirs and their gradients' stay in the first-level cache. At least so many rows, so
/// that what belongs to a channel is loaded seldom.
inline constexpr long kLaneBlock = 2048, kFewRows = 8;

inline long block_size_of(const Chain& chain) {
  return std::max(kLaneBlock / chain.channels, kFewRows) * chain.channels;
}

/// What is the same for all rows of sixteen channels.
template <ChainHead head>
struct Columns {
  Values gain{}, offset{}, mean{};

  NIBBLE_LANES Columns(const Chain& chain, long first, long c, long n) {
    if constexpr (head == ChainHead::norm) {
      gain = lanes::load(chain.gain.data() + c, n);
      offset = lanes::load(chain.offset.data() + c, n);
      mean = lanes::load(chain.mean.data() + c, n);
    } else if constexpr (head == ChainHead::product) {
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

/// Sixteen channels of some rows of a block, n() of them if they are the last: elements first + m · width,
/// counted from the block's first.
template <bool full>
struct Column {
  long first, rows, width, c, some;
  long n() const { return full ? lanes::kCount : some; }
};

/// Calls visit(column) for the columns of a block. A sum knows no channels: its elements are rows of sixteen.
template <ChainHead head, typename Visit>
NIBBLE_LANES void for_each_column(const Chain& chain, Range block, const Visit& visit) {
  const long width = head == ChainHead::sum ? lanes::kCount : chain.channels;
  const long rows = block.size() / width, tail = width % lanes::kCount;
  for (long c = 0; c + lanes::kCount <= width; c += lanes::kCount) visit(Column<true>{c, rows, width, c, 0});
  if (tail > 0) visit(Column<false>{width - tail, rows, width, width - tail, tail});
  // Only a sum's last block is no whole number of rows.
  const long rest = block.size() - rows * width;
  if (rest > 0) visit(Column<false>{block.size() - rest, 1, width, 0, rest});
}

/// The same for each of a range's blocks, between begin(block) and end(block).
template <ChainHead head, typename Begin, typename Visit, typename End>
NIBBLE_LANES void for_each_block(const Chain& chain, Range range, const Begin& begin, const Visit& visit,
                                 const End& end) {
  const long size = block_size_of(chain);
  const long image =
      head == ChainHead::product ? chain.shape.row() : chain.shape.count();  // with its own factors
  for (long first = range.begin; first < range.end;) {
    const Range block{first, std::min({first + size, range.end, (first / image + 1) * image})};
    begin(block);
    for_each_column<head>(chain, block, [&](const auto& column) { visit(block, column); });
    end(block);
    first = block.end;
  }
}

/// What a block reads, in the first-level cache: columns are no stream that the processor would fetch ahead.
template <ChainHead head, std::size_t steps>
class Staged {
 public:
  explicit Staged(const Chain& chain, const StepGradients* dy = nullptr)
      : chain_(chain), dy_(dy), size_(block_size_of(chain)), memory_(static_cast<long>(steps + 1) * size_) {
    if (dy == nullptr) return;
    for (std::size_t k = 0; k < steps; ++k)
      if (chain.steps[k].kept && !(*dy)[k].empty()) d_[k] = memory_.data() + static_cast<long>(k + 1) * size_;
  }

  void read(Range block) {
    if (head != ChainHead::sum) chain_.sources[0].load(block.begin, block.size(), memory_.data());
    for (std::size_t k = 0; k < steps; ++k) {
      if (d_[k] == nullptr) continue;
      const Real* const from = (*dy_)[k].block(block, d_[k]);
      if (from != d_[k]) std::copy_n(from, block.size(), d_[k]);
    }
  }
  NIBBLE_LANES Values x(long i, long n) const {
    if constexpr (head == ChainHead::sum) return Values{};
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

/// What a block keeps, in the first-level cache until the block is whole.
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

}  // namespace nibble::chains
