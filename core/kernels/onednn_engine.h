#pragma once

#include "core/array.h"
#include "core/kernels/conv2d.h"

// The products of conv2d.h and matmul.h on oneDNN, in float. Private to core/kernels; no oneDNN type appears
// here.
//
// Each primitive is created for one thread (the library picks its blocking by the threads it sees at
// creation) and executed for one fixed piece of the batch at a time inside parallel_for, so results do not
// depend on the thread count. Images stay NHWC; weights are reordered once per call into the layout that the
// primitive likes best.

namespace nibble::kernels::onednn {

#if defined(NIBBLE_ONEDNN) && !defined(NIBBLE_REAL_DOUBLE)
inline constexpr bool kAvailable = true;
#else
inline constexpr bool kAvailable = false;
#endif

Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry);
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry);
Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry);

Tensor matmul_nt(const Tensor& a, const Tensor& b);
Tensor matmul_nn(const Tensor& a, const Tensor& b);
Tensor matmul_tn(const Tensor& a, const Tensor& b);

}  // namespace nibble::kernels::onednn
