#include "edge/graph/stored_weight.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"

namespace nibble::edge {

StoredWeight stored_weight(const Quantizer& quantizer, const Tensor& weight, const std::string& who) {
  const IntegerWeight w = integer_weight(quantizer, weight);
  const auto [low, high] = std::minmax_element(w.codes.begin(), w.codes.end());
  check(*low >= -128 && *high <= 127, who, ": found weight codes ", *low, " ... ", *high,
        ", expected -128 ... 127; give it fewer weight bits");
  StoredWeight stored;
  stored.codes.assign(w.codes.begin(), w.codes.end());
  stored.bits = *low < -8 || *high > 7 ? 8 : 4;
  const auto rows = static_cast<std::size_t>(weight.shape()[0]);
  const auto row = static_cast<std::ptrdiff_t>(w.codes.size() / rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const auto begin = w.codes.begin() + static_cast<std::ptrdiff_t>(r) * row;
    stored.scale.push_back(w.scale[w.scale.size() == 1 ? 0 : r]);
    stored.total.push_back(std::accumulate(begin, begin + row, 0.0));
  }
  return stored;
}

}  // namespace nibble::edge
