#pragma once

#include <cstdint>
#include <span>

#include "edge/graph/fixed_point.h"
#include "edge/graph/node_view.h"

namespace nibble::edge {

// What verify checks of constants. Each throws Error, opened by node.who, where a node breaks a rule.

/// bits: storage, 4 or 8; of 4 all codes are −8 ... 7.
void check_weights(const NodeView& node, std::span<const std::int8_t> codes, int bits);

/// A code of the node's input.
void check_border(const NodeView& node, int code);

/// 0 ... 62
void check_shift(const NodeView& node, int shift);

/// Codes of the node's output, or the limits of 16-bit scores.
void check_clamp(const NodeView& node, int lo, int hi, int shift);

/// int32 holds it.
void check_accumulator(const NodeView& node, const AccumulatorRange& range, long channel);

/// total: the largest product of accumulator and multiplier with its offset; below 2⁶².
void check_product(const NodeView& node, double total, long channel);

/// ranges: of the accumulators, one a channel, or one for all.
void check_requantization(const NodeView& node, const Requantization& r,
                          std::span<const AccumulatorRange> ranges, long channels);

/// Codes that only move keep their grid.
void check_moved(const NodeView& node);

}  // namespace nibble::edge
