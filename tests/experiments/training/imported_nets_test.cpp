// Published CIFAR-10 networks, read from safetensors, against the figures of the framework they come from
// (../shared/data/cifar10/ref: PyTorch 1.13.1, float32).

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "datasets/images/batches.h"
#include "datasets/images/cifar.h"
#include "experiments/tasks/task.h"
#include "experiments/training/import_weights.h"
#include "layers/models/models.h"
#include "tests/support/npy.h"
#include "tests/support/shared_data.h"

namespace nibble::imported_nets_test {
namespace {

// The test split of CIFAR-10 alone; its training split is not needed and stands for nothing here.
std::optional<ImageSet> test_images() {
  const auto directory = cifar10_batches({"test_batch"});
  if (!directory) return {};
  CifarFormat format = cifar10_format();
  format.train = format.test;
  return read_cifar(format, *directory);
}

std::vector<int> read_classes(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istream_iterator<int>(file), {}};
}

void check_network(const std::string& kind, double published_top1) {
  const std::string stem = "cifar_" + kind;
  const auto weights = shared_data("nets/" + stem + ".safetensors");
  const auto classes = shared_data("cifar10/ref/" + stem + ".test.argmax.txt");
  const auto logits = shared_data("cifar10/ref/" + stem + ".first16.logits.npy");
  const std::optional<ImageSet> data = test_images();
  if (!weights || !classes || !logits || !data) return;  // shared_data has said so

  Network network = build_model({.kind = kind}, data->sample_shape, data->classes(), Rng(1));
  import_weights(network, weights->string());
  const Evaluation evaluation = image_task(*data)->evaluate(network, EvaluationSplit::test);
  CHECK(evaluation.metrics.front() == Approx(published_top1).margin(0.005));

  const std::vector<int> expected = read_classes(*classes);
  REQUIRE(expected.size() == 10'000);
  long same = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (evaluation.answers.best[static_cast<long>(i) * 5] == expected[i]) ++same;
  }
  CHECK(same >= 9'998);

  const NoGradient evaluation_only;
  const Tensor found = network.forward(batch_in_order(*data, data->test, 0, 16).x, {}).value();
  const std::vector<float> reference = read_npy<float>(*logits, 160);
  for (long i = 0; i < 160; ++i) {
    INFO("image " << i / 10 << ", class " << i % 10);
    CHECK(found[i] == Approx(reference[static_cast<std::size_t>(i)]).margin(1e-3));
  }
}

}  // namespace

TEST_CASE("the_imported_resnet20_agrees_with_its_source") { check_network("resnet20", 91.73); }
TEST_CASE("the_imported_resnet56_agrees_with_its_source") { check_network("resnet56", 93.39); }

}  // namespace nibble::imported_nets_test
