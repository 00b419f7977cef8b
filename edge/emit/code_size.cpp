#include "edge/emit/code_size.h"

#include <algorithm>
#include <array>

namespace nibble::edge {

namespace {

struct KernelSize {
  const char* name;
  long bytes;
};

constexpr std::array kSizes{
    KernelSize{"nbl_add_a8", 220},
    KernelSize{"nbl_average_pool_a8", 416},
    KernelSize{"nbl_concat_a8", 68},
    KernelSize{"nbl_conv2d_a8w4", 1152},
    KernelSize{"nbl_conv2d_a8w8", 1056},
    KernelSize{"nbl_depthwise_conv2d_a8w4", 812},
    KernelSize{"nbl_depthwise_conv2d_a8w8", 676},
    KernelSize{"nbl_embedding_a4", 68},
    KernelSize{"nbl_embedding_a8", 28},
    KernelSize{"nbl_find_boxes_a8", 1236},
    KernelSize{"nbl_gate_tables", 0},
    KernelSize{"nbl_gru_a8w4", 1108},
    KernelSize{"nbl_gru_a8w8", 924},
    KernelSize{"nbl_linear_a8w4", 356},
    KernelSize{"nbl_linear_a8w8", 296},
    KernelSize{"nbl_linear_scores16_a8w4", 300},
    KernelSize{"nbl_linear_scores16_a8w8", 260},
    KernelSize{"nbl_linear_scores_a8w4", 176},
    KernelSize{"nbl_linear_scores_a8w8", 92},
    KernelSize{"nbl_lookup_a8", 28},
    KernelSize{"nbl_lstm_a8w4", 996},
    KernelSize{"nbl_lstm_a8w8", 800},
    KernelSize{"nbl_max_pool_a8", 208},
    KernelSize{"nbl_multiply_a8", 180},
    KernelSize{"nbl_slice_a8", 68},
    KernelSize{"nbl_subsample_a8", 124},
    KernelSize{"nbl_upsample_a8", 120},
};
constexpr long kUnknown = 500;  // of a kernel that nobody has measured yet

}  // namespace

long code_bytes_of_kernel(const std::string& kernel) {
  const auto known =
      std::find_if(kSizes.begin(), kSizes.end(), [&](const KernelSize& size) { return size.name == kernel; });
  return known == kSizes.end() ? kUnknown : known->bytes;
}

long code_bytes_of_calls(long nodes) { return 100 + 12 * nodes; }

}  // namespace nibble::edge
