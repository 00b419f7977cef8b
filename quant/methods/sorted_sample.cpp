#include "quant/methods/sorted_sample.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"

namespace nibble {
namespace {

// Enough values to find two parameters. A prime number, so that the stride count / kMost shares no factor
// with the number of channels. Channels are the fastest axis, so the stride reaches all of them.
constexpr long kMost = 99'991;

double percentile_of(const std::vector<double>& sorted, double p) {
  const double at = std::clamp(p, 0.0, 100.0) / 100 * static_cast<double>(sorted.size() - 1);
  const std::size_t below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

SortedSample::SortedSample(const Real* values, long count) {
  check(count > 0, "quantizer: found an empty sample, expected values to initialize from");
  for (long i = 0; i < count; ++i) {
    check(std::isfinite(values[i]), "quantizer: found ", values[i], " at ", i, " of the sample that it is",
          " initialized from, expected finite values");
  }
  const auto [lowest, highest] = std::minmax_element(values, values + count);
  low_ = static_cast<double>(*lowest);
  high_ = static_cast<double>(*highest);

  const long taken = std::min(count, kMost);
  for (long i = 0; i < taken; ++i) values_.push_back(static_cast<double>(values[i * count / taken]));
  std::sort(values_.begin(), values_.end());
  sums_.push_back(0);
  for (const double x : values_) sums_.push_back(sums_.back() + x), squares_ += x * x;
}

double SortedSample::mean() const { return sums_.back() / static_cast<double>(values_.size()); }

double SortedSample::deviation() const {
  return std::sqrt(std::max(0.0, squares_ / static_cast<double>(values_.size()) - mean() * mean()));
}

double SortedSample::mean_magnitude() const {
  const auto add = [](double sum, double x) { return sum + std::abs(x); };
  return std::accumulate(values_.begin(), values_.end(), 0.0, add) / static_cast<double>(values_.size());
}

double SortedSample::percentile(double p) const { return percentile_of(values_, p); }

double SortedSample::magnitude_percentile(double p) const {
  std::vector<double> magnitudes;
  for (const double x : values_) magnitudes.push_back(std::abs(x));
  std::sort(magnitudes.begin(), magnitudes.end());
  return percentile_of(magnitudes, p);
}

template <typename Visit>
void SortedSample::by_code(const Grid& grid, const ScaleShift& at, const Visit& visit) const {
  auto begin = values_.begin();
  for (int code = grid.lo; code <= grid.hi && begin != values_.end(); ++code) {
    // The values of a code end half a step above it, where the next code begins. The last code takes the
    // rest.
    const double next = at.scale * (code + 0.5) + at.shift;
    const auto end = code == grid.hi ? values_.end() : std::lower_bound(begin, values_.end(), next);
    if (begin != end) {
      const double sum = sums_[static_cast<std::size_t>(end - values_.begin())] -
                         sums_[static_cast<std::size_t>(begin - values_.begin())];
      visit(code, static_cast<double>(end - begin), sum);
    }
    begin = end;
  }
}

ScaleShift SortedSample::refitted(const Grid& grid, bool with_shift, const ScaleShift& at) const {
  const double n = static_cast<double>(values_.size());
  double q = 0, qq = 0, xq = 0;  // sums over all values
  by_code(grid, at, [&](double code, double count, double sum) {
    q += count * code, qq += count * code * code, xq += code * sum;
  });
  const double x = sums_.back();
  const double covariance = with_shift ? xq - x * q / n : xq;  // n times
  const double variance = with_shift ? qq - q * q / n : qq;
  if (variance <= 0 || covariance <= 0) return at;
  const double scale = covariance / variance;
  return {scale, with_shift ? (x - scale * q) / n : 0};
}

double SortedSample::error(const Grid& grid, const ScaleShift& at) const {
  double total = squares_;
  by_code(grid, at, [&](double code, double count, double sum) {
    const double x_hat = at.scale * code + at.shift;
    total += x_hat * (count * x_hat - 2 * sum);
  });
  return std::max(0.0, total / static_cast<double>(values_.size()));
}

}  // namespace nibble
