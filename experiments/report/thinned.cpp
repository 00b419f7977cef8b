#include "experiments/report/thinned.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nibble::report {

ThinnedSeries thinned(const std::vector<double>& values, std::size_t parts) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  ThinnedSeries series;
  const bool cut = values.size() > parts;
  if (!cut) parts = values.size();
  for (std::size_t part = 0; part < parts; ++part) {
    double sum = 0, low = kNone, high = kNone;
    long finite = 0;
    const std::size_t end = part_begin(part + 1, parts, values.size());
    for (std::size_t i = part_begin(part, parts, values.size()); i < end; ++i) {
      if (std::isinf(values[i])) ++series.infinite;
      if (!std::isfinite(values[i])) continue;
      ++finite;
      sum += values[i];
      low = std::fmin(low, values[i]);  // of a NaN and a number, the number
      high = std::fmax(high, values[i]);
    }
    series.mean.push_back(finite == 0 ? kNone : sum / static_cast<double>(finite));
    if (!cut) continue;
    series.low.push_back(low);
    series.high.push_back(high);
  }
  return series;
}

std::vector<double> thinned_axis(const std::vector<long>& values, std::size_t parts) {
  return thinned(std::vector<double>(values.begin(), values.end()), parts).mean;
}

}  // namespace nibble::report
