#pragma once

#include <optional>
#include <span>

#include "core/kernels/integer/code_product.h"
#include "edge/graph/fixed_point.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// The same codes by lines of float, or of double if one of the channels has no equal line of float
/// (edge/graph/float_line.h), for kernels that make codes in registers; none if it has none of double either,
/// if its line leaves what such a kernel can hold, or if a code is the larger of two lines. ranges: what a
/// channel's sums can be, one each or one for all.
std::optional<kernels::CodeLines> code_lines(const Requantization& r, long channels,
                                             std::span<const AccumulatorRange> ranges);

}  // namespace nibble::edge
