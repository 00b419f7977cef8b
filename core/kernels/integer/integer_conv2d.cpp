#include "core/kernels/integer/integer_conv2d.h"

#include <algorithm>

#include "core/kernels/conv/image_window.h"
#include "core/kernels/integer/depthwise_product.h"
#include "core/kernels/integer/winograd.h"
#include "core/kernels/onednn/engine.h"
#include "core/scratch.h"

namespace nibble::kernels {
namespace {

constexpr long kSums = 65536;  // sums of a block: 256 KiB, a quarter of a second-level cache
constexpr long kManyWeights =
    256 * 1024;  // bytes; from then on threads divide the weights instead of the rows
constexpr long kWinogradChannels = 32;
constexpr long kLanes = 16;                  // output channels that a product computes together
constexpr std::size_t kBlocksPerThread = 2;  // so that one late thread delays the layer by half of its share

Shape with_batch(long n, const Shape& image) { return {n, image[0], image[1], image[2]}; }

// Without byte products oneDNN adds two neighbouring products in 16 bits. True if no such sum can overflow.
bool sums_of_two_fit_int16(const std::vector<std::int8_t>& weights, int top) {
  int largest = 0;
  for (const int w : weights) largest = std::max(largest, std::abs(w));
  return 2 * largest * top <= 32767;
}

std::unique_ptr<IntegerProduct> best_product(IntegerWeights weights, const Conv2dGeometry& geometry,
                                             int top) {
  // With few channels the transforms cost as much as they save.
  if (weights.shape[3] >= kWinogradChannels && winograd_fits(weights, geometry, top))
    return winograd_product(weights, top);
  if (depthwise_fits(weights, geometry)) return depthwise_product(weights, geometry);
  if constexpr (onednn::kAvailable) {
    if (onednn::has_byte_products() || sums_of_two_fit_int16(weights.codes, top))
      return onednn::integer_product(std::move(weights), geometry);
  }
  return plain::integer_product(std::move(weights), geometry);
}

}  // namespace

IntegerConv2d::IntegerConv2d(const IntegerConv2dProblem& problem, std::vector<std::int8_t> weights)
    : problem_(problem), weights_(std::move(weights)), skip_{1, 1}, geometry_(problem.geometry) {
  const Shape y = conv2d_output_shape(with_batch(1, problem.image), problem.weight, problem.geometry,
                                      "integer convolution");
  output_ = {y[1], y[2], y[3]};
  geometry_.padding = geometry_.extra = {0, 0};
  // A kernel of one pixel reads only the pixels at its stride, so the window skips the others.
  if (problem.weight[1] == 1 && problem.weight[2] == 1) std::swap(skip_, geometry_.stride);
}

std::vector<IntegerConv2d::Block> IntegerConv2d::blocks(long images) const {
  const long rows = output_[0], channels = output_[2], row = output_[1] * channels;
  const bool many_weights = static_cast<long>(weights_.size()) >= kManyWeights;
  const bool small = images * rows * row * problem_.weight.row() < kProductsWorthAFork && !many_weights;
  const std::size_t wanted =
      threads() == 1 || small ? 1 : kBlocksPerThread * static_cast<std::size_t>(threads());
  const auto pieces = [](long n, long size) { return cut(n, (n + size - 1) / size); };

  std::vector<Range> of_images = pieces(images, std::max(1L, kSums / (rows * row)));
  if (of_images.size() < wanted) of_images = cut(images, static_cast<long>(wanted));
  std::vector<Range> of_rows = pieces(rows, std::clamp(kSums / row, 1L, rows));
  std::vector<Range> of_channels{{0, channels}};
  if (of_images.size() * of_rows.size() < wanted) {
    if (many_weights && geometry_.groups == 1) {
      of_channels.clear();
      for (const Range& vectors : cut((channels + kLanes - 1) / kLanes, threads()))
        of_channels.push_back({vectors.begin * kLanes, std::min(vectors.end * kLanes, channels)});
    } else {
      of_rows = cut(rows, threads());
    }
  }
  std::vector<Block> all;
  for (const Range& c : of_channels) {
    for (const Range& n : of_images) {
      for (const Range& r : of_rows) all.push_back({n, r, c});
    }
  }
  return all;
}

void IntegerConv2d::run(const Array<std::uint8_t>& x,
                        const std::function<void(const IntegerSums&)>& finish) const {
  if (x.size() == 0) return;
  const std::vector<Block> all = blocks(x.shape()[0]);
  parallel_for(static_cast<long>(all.size()),
               [&](long i) { run_block(x, all[static_cast<std::size_t>(i)], finish); });
}

void IntegerConv2d::run_block(const Array<std::uint8_t>& x, const Block& block,
                              const std::function<void(const IntegerSums&)>& finish) const {
  const Shape &image = problem_.image, &kernel = problem_.weight;
  const Size2 stride = geometry_.stride, dilation = geometry_.dilation;
  const long rows = (block.rows.size() - 1) * stride.h + dilation.h * (kernel[1] - 1) + 1;
  const long width = (output_[1] - 1) * stride.w + dilation.w * (kernel[2] - 1) + 1;
  const Shape window{block.images.size(), rows, width, image[2]};
  const long first = block.rows.begin * stride.h * skip_.h - problem_.geometry.padding.h;

  const bool as_it_is = !problem_.geometry.padded() && skip_ == Size2{1, 1} && width == image[1] &&
                        (rows == image[0] || block.images.size() == 1);
  const std::uint8_t* source = x.data() + (block.images.begin * image[0] + first) * image[1] * image[2];
  Scratch<std::uint8_t> copy(as_it_is ? 0 : window.count());
  if (!as_it_is) {
    const long image_size = image.count(), copy_size = rows * width * image[2];
    for (long i = 0; i < block.images.size(); ++i)
      copy_window(x.data() + (block.images.begin + i) * image_size, problem_, {first, rows, width, skip_},
                  copy.data() + i * copy_size);
    source = copy.data();
  }
  const long pixels = block.images.size() * block.rows.size() * output_[1];
  Scratch<std::int32_t> sums(pixels * block.channels.size());
  product(block.channels).run(source, window, sums.data());
  const long first_pixel = (block.images.begin * output_[0] + block.rows.begin) * output_[1];
  finish({{first_pixel, first_pixel + pixels}, block.channels, sums.data()});
}

const IntegerProduct& IntegerConv2d::product(const Range& channels) const {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<IntegerProduct>& product = products_[{channels.begin, channels.end}];
  if (!product) {
    IntegerWeights part;
    part.shape = problem_.weight;
    part.shape[0] = channels.size();
    const long row = problem_.weight.row();
    part.codes.assign(weights_.begin() + channels.begin * row, weights_.begin() + channels.end * row);
    product = best_product(std::move(part), geometry_, problem_.top);
  }
  return *product;
}

}  // namespace nibble::kernels
