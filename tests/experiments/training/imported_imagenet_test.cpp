// Published ImageNet nets against the framework they come from (../shared/data/imagenet/ref: PyTorch 1.13.1,
// float32), on pixels that need no decoding. results/imagenet/agreement.sh compares all answers on JPEG
// files.

#include <catch2/catch.hpp>
#include <fstream>

#include "experiments/config/option_value.h"
#include "experiments/training/import_weights.h"
#include "layers/models/models.h"
#include "tests/support/npy.h"
#include "tests/support/shared_data.h"

namespace nibble::imported_imagenet_test {
namespace {

constexpr long kImages = 16, kSide = 224, kClasses = 1000;

// How a net wants its pixels: (pixel / 255 − mean) / std.
struct Normalization {
  double mean[3], deviation[3];
};
constexpr Normalization kTorchvision{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
constexpr Normalization kKeras{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};

Tensor normalized(const std::vector<std::uint8_t>& pixels, const Normalization& by) {
  Tensor x = Tensor::uninitialized({kImages, kSide, kSide, 3});
  for (long i = 0; i < x.size(); ++i)
    x[i] = static_cast<Real>((pixels[static_cast<std::size_t>(i)] / 255.0 - by.mean[i % 3]) /
                             by.deviation[i % 3]);
  return x;
}

// The best class of the first images: the third column.
std::vector<long> best_classes(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<long> classes;
  while (static_cast<long>(classes.size()) < kImages && std::getline(file, line))
    classes.push_back(std::stol(split(line, ',').at(2)));
  return classes;
}

void check_net(const ModelOptions& model, const std::string& stem, const Normalization& by) {
  const auto weights = pretrained_net(stem);
  const auto pixels = shared_data("imagenet/ref/val227_a.first16.crop224.npy");
  const auto logits = shared_data("imagenet/ref/" + stem + ".first16.logits.npy");
  const auto answers = shared_data("imagenet/ref/" + stem + ".val227_a.csv");
  if (!weights || !pixels || !logits || !answers) return;  // shared_data has said so

  Network network = build_model(model, {kSide, kSide, 3}, kClasses, Rng(1));
  import_weights(network, weights->string());
  const NoGradient evaluation_only;
  const auto bytes = read_npy<std::uint8_t>(*pixels, kImages * kSide * kSide * 3);
  const Tensor found = network.forward(normalized(bytes, by), {}).value();
  const std::vector<float> expected = read_npy<float>(*logits, kImages * kClasses);
  double worst = 0;
  for (long i = 0; i < found.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(found[i] - expected[static_cast<std::size_t>(i)])));
  INFO(stem << ": logits differ by " << worst);
  CHECK(worst <= 1e-3);
  const std::vector<long> best = best_classes(*answers);
  REQUIRE(best.size() == kImages);
  for (long n = 0; n < kImages; ++n) {
    INFO("image " << n);
    const Real* const row = found.data() + n * kClasses;
    CHECK(std::max_element(row, row + kClasses) - row == best[static_cast<std::size_t>(n)]);
  }
}

}  // namespace

TEST_CASE("the_imported_resnet18_has_the_logits_of_its_source") {
  check_net({.kind = "resnet18"}, "resnet18_pq_small", kTorchvision);
}
TEST_CASE("the_imported_resnet50_has_the_logits_of_its_source") {
  check_net({.kind = "resnet50"}, "resnet50_pq_large", kTorchvision);
}
TEST_CASE("the_imported_mobilenet_v2_has_the_logits_of_its_source") {
  check_net({.kind = "mobilenet_v2"}, "mobilenet_v2", kTorchvision);
}
TEST_CASE("the_imported_mobilenet_v1_has_the_logits_of_its_source") {
  check_net({.kind = "mobilenet_v1", .width = 0.75}, "mobilenet_v1_075", kKeras);
}

}  // namespace nibble::imported_imagenet_test
