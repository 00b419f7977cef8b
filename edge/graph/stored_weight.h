#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quant/quantizer.h"

namespace nibble::edge {

/// A weight as the device stores it: rows of codes, one for each output.
struct StoredWeight {
  std::vector<std::int8_t> codes;
  int bits = 4;               // 4 if all codes are -8 ... 7, else 8
  std::vector<double> scale;  // by row
  std::vector<double> total;  // by row: sum of its codes, for a shift of the input's grid
};

/// weight: [rows, ...]. Throws Error, opened by `who`, for codes beyond 8 bits.
StoredWeight stored_weight(const Quantizer& quantizer, const Tensor& weight, const std::string& who);

}  // namespace nibble::edge
