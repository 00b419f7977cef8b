#pragma once

#include <string>
#include <vector>

#include "core/random.h"

namespace nibble {

/// The values of an axis, parted by commas. Each part is one value as it stands, or a range, whose ends stay
/// as they are written:
///   1..5                whole numbers, upwards or downwards
///   0.1..0.5 step 0.1   from the first one on, as long as the last one is not passed
///   0..1 linear 5       so many at equal distances
///   1e-4..1e-2 log 5    so many at equal ratios
/// What is computed is rounded to four significant digits, because it becomes a part of a name. Throws
/// UsageError, which begins with `origin`, for an empty part, a range that cannot be, and more than 100,000
/// values.
std::vector<std::string> list_values(const std::string& text, const std::string& origin);

/// What a random value is drawn from, all equally likely: values parted by commas, or one range:
///   16..64       whole numbers, both ends among them
///   0.1..0.9     numbers
///   1e-4..1e-1 log   numbers whose logarithms are equally likely
/// Numbers are rounded to four significant digits.
class RandomValue {
 public:
  /// Throws UsageError, which begins with `origin`.
  RandomValue(const std::string& text, const std::string& origin);
  std::string draw(Rng random) const;

 private:
  enum class Kind { choice, whole, real, logarithmic };

  Kind kind_ = Kind::choice;
  std::vector<std::string> choices_;
  double low_ = 0, high_ = 0;
};

}  // namespace nibble
