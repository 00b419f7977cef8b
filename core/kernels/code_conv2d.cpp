#include "core/kernels/code_conv2d.h"

#include <algorithm>

#include "core/kernels/winograd.h"

namespace nibble::kernels {
namespace {

constexpr long kWorthABlock = 1 << 19;  // products: some microseconds, about what a fork costs
constexpr long kDepthwiseCost = 4;      // of a product that is one of a channel's nine
constexpr long kBlocksPerThread = 2;    // so that a late thread costs half of a share
constexpr long kLineTax = 4;            // threads that share pixels' channels write to the same cache lines
constexpr long kWinogradChannels = 64;  // from here on Winograd's saving is worth writing its sums

}  // namespace

bool CodeConv2d::fits(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights) {
  if (depthwise3x3_fits(problem)) return true;
  const bool by_winograd = problem.weight[3] >= kWinogradChannels &&
                           winograd_fits({weights, problem.weight}, problem.geometry, problem.top);
  return direct_fits(problem) && !by_winograd;
}

CodeConv2d::CodeConv2d(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                       const CodeLines& lines)
    : problem_(problem),
      product_(depthwise3x3_fits(problem) ? depthwise3x3_product(problem, weights, lines)
                                          : direct_product(problem, weights, lines)) {
  const Shape& image = problem.image;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, problem.weight, problem.geometry,
                                      "code convolution");
  output_ = {y[1], y[2], y[3]};
}

std::vector<CodeConv2d::Block> CodeConv2d::blocks(long images) const {
  const long rows = images * output_[0], parts = product_->parts();
  const bool depthwise = problem_.geometry.groups > 1;
  const long products =
      rows * output_[1] * output_[2] * problem_.weight.row() * (depthwise ? kDepthwiseCost : 1);
  long wanted = std::min(products / kWorthABlock, kBlocksPerThread * threads());
  wanted = std::max(wanted / threads() * threads(), 1L);  // so that threads get equally many
  if (threads() == 1 || products < kProductsWorthAFork) wanted = 1;
  // Threads share what is larger, the image, each reading all weights, or the weights; of a filter for each
  // channel both are shared in any cut.
  const bool share_weights =
      depthwise ? parts > rows : problem_.weight.count() > kLineTax * images * problem_.image.count();
  const std::vector<Range> of_parts = cut(parts, share_weights ? wanted : 1);
  const auto more = static_cast<long>(of_parts.size());
  std::vector<Block> all;
  for (const Range& part : of_parts) {
    for (const Range& row : cut(rows, (wanted + more - 1) / more)) all.push_back({row, part});
  }
  return all;
}

void CodeConv2d::run(const Array<std::uint8_t>& x, std::uint8_t* codes) const {
  if (x.size() == 0) return;
  const std::vector<Block> all = blocks(x.shape()[0]);
  parallel_for(static_cast<long>(all.size()), [&](long i) {
    const Block& block = all[static_cast<std::size_t>(i)];
    product_->run(x.data(), block.rows, block.parts, codes);
  });
}

}  // namespace nibble::kernels
