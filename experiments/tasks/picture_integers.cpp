#include "experiments/tasks/picture_integers.h"

#include <algorithm>

#include "core/check.h"
#include "datasets/images/batches.h"
#include "edge/lower/encode_input.h"

namespace nibble {
namespace {

constexpr long kVerifyBatch = 50;
constexpr long kSelftestImages = 4;
constexpr long kAgreementImages = 200;

// As our data sets store pixels.
std::vector<std::string> channel_names(long channels) {
  if (channels == 3) return {"red", "green", "blue"};
  if (channels == 1) return {"grey"};
  std::vector<std::string> names;
  for (long c = 0; c < channels; ++c) names.push_back(str("channel ", c));
  return names;
}

std::vector<std::string> scaling_words(Filling filling) {
  switch (filling) {
    case Filling::cut:
      return {};
    case Filling::stretch:
      return {
          "A photograph is scaled to it between its four nearest pixels, width and height each by a factor",
          "of its own; the edges of boxes are scaled back by the same two factors."};
    case Filling::letterbox:
      return {
          "A photograph keeps its shape: it is scaled between its four nearest pixels so that it just fits,",
          "and stands in the middle; all bytes around it are 128. Edges of boxes are counted from the",
          "photograph's corner and scaled back by the same factor, and end at the photograph's borders."};
  }
  fail("detection: found an unknown way to fill the input");
}

}  // namespace

void for_each_batch(const ImageSet& images, const Split& split, long samples,
                    const std::function<void(const Batch& batch)>& use) {
  const long batch = images.any_size ? kEvaluationBatchOfPictures : kEvaluationBatch;
  const long all = std::min(samples, split.size());
  for (long begin = 0; begin < all; begin += batch)
    use(batch_in_order(images, split, begin, std::min(begin + batch, all)));
}

Tensor read_picture(const ImageSet& images, const Array<std::uint8_t>& pixels) {
  const Shape& window = images.sample_shape;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(window.count()));
  fit(pixels.data(), pixels.shape(), images.fitting, {}, window, bytes.data());
  Tensor x = Tensor::uninitialized({1, window[0], window[1], window[2]});
  normalize(bytes.data(), window.count(), pixel_table(images), x.data());
  return x;
}

Array<std::uint8_t> test_codes(const ImageSet& images, const edge::IntegerGraph& graph, long begin,
                               long end) {
  return edge::encode_input(graph, batch_in_order(images, images.test, begin, end).x);
}

void pack_pictures(const ImageSet& images, const edge::IntegerGraph& graph, edge::EmitOptions& options) {
  options.samples = test_codes(images, graph, 0, std::min(kSelftestImages, images.test.size()));
  const std::vector<Real> numbers = pixel_table(images);
  const auto channels = static_cast<long>(images.mean.size());
  Tensor x = Tensor::uninitialized({channels, 256});
  std::copy(numbers.begin(), numbers.end(), x.data());
  const Array<std::uint8_t> codes = edge::encode_numbers(graph, x);
  options.pixels = {channel_names(channels),
                    images.mean,
                    images.std,
                    {codes.begin(), codes.end()},
                    scaling_words(images.fitting.filling)};
}

IntegerCheck check_on_pictures(const ImageSet& images, const edge::IntegerGraph& graph) {
  IntegerCheck checks;
  checks.samples = images.test.size();
  checks.batch = kVerifyBatch;
  checks.compared = "codes and scores";
  checks.compare = [&images, &graph](const edge::CompiledModel* compiled, long begin, long end) {
    return edge::compare(graph, compiled, test_codes(images, graph, begin, end), begin);
  };
  checks.agreement = [&images, &graph](Network& network) {
    std::vector<edge::LayerAgreement> layers;
    const long count = std::min(kAgreementImages, images.test.size());
    for (long begin = 0; begin < count; begin += kVerifyBatch) {
      const Batch batch = batch_in_order(images, images.test, begin, std::min(begin + kVerifyBatch, count));
      edge::accumulate(layers, edge::compare_with_network(network, graph, batch.x));
    }
    return layers;
  };
  return checks;
}

void check_training(const ImageSet& images, const char* purpose) {
  check(!images.train.empty(), images.name, ": found no training picture, expected some to ", purpose);
}

}  // namespace nibble
