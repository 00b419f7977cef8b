#include "experiments/results/student_t.h"

#include <boost/math/distributions/students_t.hpp>

#include "core/check.h"

namespace nibble {

double student_t_95(long count) {
  check(count >= 2, "student_t_95: found ", count, " values, expected at least 2");
  return quantile(boost::math::students_t(static_cast<double>(count - 1)), 0.975);
}

}  // namespace nibble
