#pragma once

#include <algorithm>

#include "core/check.h"
#include "core/parallel.h"
#include "quant/grids/live_grid.h"

namespace nibble {

/// Rows of a weight [O, ...], each on a grid of its own, or all on one. The grid has no shift.
struct WeightRows {
  long count, size;
  Grid codes;
  Tensor scales;  // [1] or [O]

  /// Throws Error, beginning with `who`, for a grid with a shift or another number of scales.
  WeightRows(const char* who, const Shape& w, const LiveGrid& on)
      : count(w[0]), size(w.row()), codes(on.grid), scales(on.scale.value().clone()) {
    check(on.shift.empty(), who, ": found a grid with a shift, expected one without, as weights have");
    check(scales.size() == 1 || scales.size() == count, who, ": found ", scales.size(),
          " scales for a weight ", w, ", expected 1 or one a row");
  }

  AffineGrid grid(long row) const { return {codes, scales[scales.size() == 1 ? 0 : row], 0}; }

  /// body(row, first element, end): one thread a row, so that sums over a row have one order.
  template <typename Body>
  void for_each(const Body& body) const {
    parallel_chunks(count, std::max(kElementGrain / std::max(size, 1L), 1L), [&](Range rows) {
      for (long row = rows.begin; row < rows.end; ++row) body(row, row * size, (row + 1) * size);
    });
  }
};

}  // namespace nibble
