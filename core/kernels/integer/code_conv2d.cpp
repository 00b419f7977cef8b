#include "core/kernels/integer/code_conv2d.h"

#include <algorithm>

namespace nibble::kernels {
namespace {

constexpr long kWorthABlock = 1 << 19;  // products: they take some microseconds, about as long as a fork
constexpr long kDepthwiseCost = 4;      // of a depthwise product, in products of the direct kernel
constexpr long kBlocksPerThread = 2;    // so that one late thread delays the layer by half of its share
// The extra cost of sharing the weights instead of the rows: threads that compute different channels of the
// same pixels write to the same cache lines.
constexpr long kLineTax = 4;

std::unique_ptr<CodeProduct> best_product(const IntegerConv2dProblem& problem,
                                          const std::vector<std::int8_t>& weights, const CodeLines& lines) {
  if (depthwise3x3_fits(problem)) return depthwise3x3_product(problem, weights, lines);
  if (winograd_codes_fit(problem, weights)) return winograd_code_product(problem, weights, lines);
  return direct_product(problem, weights, lines);
}

}  // namespace

bool CodeConv2d::fits(const IntegerConv2dProblem& problem, bool wide) {
  if (depthwise3x3_fits(problem)) return !wide;
  return direct_fits(problem);  // the direct product fits wherever Winograd's does
}

CodeConv2d::CodeConv2d(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                       const CodeLines& lines)
    : problem_(problem), product_(best_product(problem, weights, lines)) {
  const Shape& image = problem.image;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, problem.weight, problem.geometry,
                                      "code convolution");
  output_ = {y[1], y[2], y[3]};
}

long blocks_worth(long cost) {
  if (threads() == 1 || cost < kProductsWorthAFork) return 1;
  const long wanted = std::min(cost / kWorthABlock, kBlocksPerThread * threads());
  return std::max(wanted / threads() * threads(), 1L);
}

long CodeConv2d::cost(long images) const {
  const long each = problem_.geometry.groups > 1 ? kDepthwiseCost : 1;
  return images * output_.count() * problem_.weight.row() * each;
}

bool CodeConv2d::shares_weights(long images) const {
  // Depthwise: a cut of the channels divides the image, too. So the cut that yields more pieces is better.
  if (problem_.geometry.groups > 1) return product_->parts() > images * output_[0];
  return problem_.weight.count() > kLineTax * images * problem_.image.count();
}

std::vector<CodeConv2d::Block> CodeConv2d::blocks(long images) const {
  const long rows = images * output_[0];
  long wanted = blocks_worth(cost(images));
  // A thread that shares the weights takes one block, because a second one would prepare the whole image
  // again.
  const bool share_weights = shares_weights(images);
  if (share_weights && problem_.geometry.groups == 1) wanted = std::min<long>(wanted, threads());
  const std::vector<Range> of_parts = cut(product_->parts(), share_weights ? wanted : 1);
  const auto more = static_cast<long>(of_parts.size());
  const long together = rows_together(), units = (rows + together - 1) / together;
  std::vector<Block> all;
  for (const Range& part : of_parts) {
    for (const Range& unit : cut(units, (wanted + more - 1) / more))
      all.push_back({{unit.begin * together, std::min(unit.end * together, rows)}, part});
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

void CodeConv2d::run_rows(const Array<std::uint8_t>& x, Range rows, std::uint8_t* codes) const {
  product_->run(x.data(), rows, {0, product_->parts()}, codes);
}

}  // namespace nibble::kernels
