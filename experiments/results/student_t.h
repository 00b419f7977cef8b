#pragma once

namespace nibble {

/// The number of standard errors on each side of a mean that hold the true mean with a probability of 95 %,
/// where the standard error is estimated from `count` values, at least 2, of a normal distribution: the 97.5
/// % quantile of Student's t with count - 1 degrees of freedom. 12.71 for 2, 4.30 for 3, 1.96 for very many.
double student_t_95(long count);

}  // namespace nibble
