#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "edge/graph/integer_graph.h"
#include "layers/recurrent.h"

namespace nibble::edge {

/// Codes that a layer reads: real = scale · code + shift, 0 ≤ code ≤ top.
struct InputCodes {
  double scale = 1, shift = 0;
  int top = 255;
};

/// The integers of a fixed-point LSTM or GRU. Throws Error, opened by `who`, where weights or state have no
/// quantizer, or the cell is computed in real numbers.
IntegerRecurrent lower_recurrent(const Recurrent& layer, const InputCodes& x, const std::string& who);

/// For each code of a quantizer behind h, from the second on, the lowest h (Q0.15, 16 bits) that has it or a
/// higher one, so that a code is the number of thresholds ≤ h; codes that no h reaches have none. Every h is
/// tried with training's own function, so the codes are training's.
std::vector<std::int16_t> hidden_thresholds(const AffineGrid& grid);

}  // namespace nibble::edge
