#pragma once

namespace nibble {

// The number type of every tensor. The same sources are built a second time with double, where central
// differences are accurate enough to check gradients (error of an affine op at step 1e-5: 9e-3 in float,
// 4e-11 in double); so no code carries a scalar template.
#ifdef NIBBLE_REAL_DOUBLE
using Real = double;
#else
using Real = float;
#endif

}  // namespace nibble
