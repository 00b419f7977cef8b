#include "core/kernels/matmul.h"

#include "core/kernels/onednn_engine.h"

namespace nibble::kernels {

Tensor matmul_nt(const Tensor& a, const Tensor& b) {
  if constexpr (onednn::kAvailable) return onednn::matmul_nt(a, b);
  return plain::matmul_nt(a, b);
}

Tensor matmul_nn(const Tensor& a, const Tensor& b) {
  if constexpr (onednn::kAvailable) return onednn::matmul_nn(a, b);
  return plain::matmul_nn(a, b);
}

Tensor matmul_tn(const Tensor& a, const Tensor& b) {
  if constexpr (onednn::kAvailable) return onednn::matmul_tn(a, b);
  return plain::matmul_tn(a, b);
}

}  // namespace nibble::kernels
