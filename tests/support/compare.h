#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/check.h"
#include "core/parallel.h"

namespace nibble {

/// The index of element i of an array of this shape, slowest axis first.
inline Shape position(const Shape& shape, long i) {
  std::vector<long> index(static_cast<std::size_t>(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = i % shape[axis];
    i /= shape[axis];
  }
  return Shape(index);
}

/// Fails at the first element that differs, and says where. `what` names the case.
template <typename T>
void check_equal(const std::string& what, const Array<T>& found, const Array<T>& expected) {
  INFO(what);
  REQUIRE(found.shape() == expected.shape());
  const long i = std::mismatch(found.begin(), found.end(), expected.begin()).first - found.begin();
  if (i < found.size()) {
    FAIL_CHECK(str("at ", position(found.shape(), i), ": found ", found[i], ", expected ", expected[i]));
  }
  CHECK(i == found.size());
}

/// Largest difference relative to the largest value; infinite if a number is not finite.
inline double relative_error(const Tensor& found, const Tensor& expected) {
  REQUIRE(found.shape() == expected.shape());
  double error = 0, largest = 1e-30;
  for (long i = 0; i < found.size(); ++i) {
    const double difference = static_cast<double>(std::abs(found[i] - expected[i]));
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    error = std::max(error, difference);
    largest = std::max(largest, static_cast<double>(std::abs(expected[i])));
  }
  return error / largest;
}

/// Fails at the worst element if |found − expected| > tolerance · max(1, |expected|) there. A NaN is worst.
inline void check_close(const std::string& what, const Tensor& found, const Tensor& expected,
                        double tolerance) {
  INFO(what);
  REQUIRE(found.shape() == expected.shape());
  double worst = 0;
  long at = 0;
  for (long i = 0; i < found.size(); ++i) {
    const double a = static_cast<double>(found[i]), b = static_cast<double>(expected[i]);
    const double error = std::abs(a - b) / std::max(1.0, std::abs(b));
    if (error > worst || std::isnan(error)) worst = error, at = i;
    if (std::isnan(error)) break;
  }
  INFO("at " << position(found.shape(), at) << ": found " << found[at] << ", expected " << expected[at]);
  CHECK(worst <= tolerance);
}

/// Runs `compute`, which returns a list of tensors, on 1, 2, 3, 4 and 8 threads: every bit must agree.
template <typename Compute>
void check_threads_agree(const std::string& what, const Compute& compute) {
  const int before = threads();
  set_threads(1);
  const std::vector<Tensor> expected = compute();
  for (const int count : {2, 3, 4, 8}) {
    set_threads(count);
    const std::vector<Tensor> found = compute();
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      check_equal(str(what, ", tensor ", i, ", ", count, " threads"), found[i], expected[i]);
    }
  }
  set_threads(before);
}

}  // namespace nibble
