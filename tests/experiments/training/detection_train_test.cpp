// Detectors learn: a tiny network of a cfg on tiny pictures.

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "core/check.h"
#include "core/parallel.h"
#include "edge/lower/lower.h"
#include "experiments/training/train.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/network/quantize.h"
#include "tests/support/coco_folder.h"
#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

namespace nibble::detection_train_test {
namespace {

struct Detector {
  TemporaryDirectory directory;
  ModelOptions model;
  std::unique_ptr<Task> task;

  Detector() {
    write_coco_folder(directory.path());
    model.kind = "darknet";
    model.cfg = (directory.path() / "net.cfg").string();
    std::ofstream(model.cfg) << kSmallDetector;
    DatasetOptions options = coco_options<DatasetOptions>(directory.path());
    options.kind = "coco";
    task = make_task(open_data(options), model);
  }
  Network network(QuantMethod method) const {
    Network made = build_model(model, task->sample_shape(), task->classes(), Rng(3));
    if (method == QuantMethod::none) return made;
    QuantPolicy policy;
    policy.method = method;
    quantize(made, policy);
    initialize_quantizers(made, task->calibration_sample(4).x);
    return made;
  }
};

TrainConfig short_schedule() {
  TrainConfig config;
  config.epochs = 100;
  config.batch = 2;
  config.jitter = {.brightness = 0.4, .saturation = 0.4, .hue = 0.1};
  config.mosaic = 0.5;
  config.learning_rate = 0.01;
  config.clip_norm = 10;
  return config;
}

bool equal_bits(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& entry) {
           const Tensor &here = entry.second, &there = b.at(entry.first);
           return std::memcmp(here.data(), there.data(),
                              static_cast<std::size_t>(here.size()) * sizeof(Real)) == 0;
         });
}

// Inputs of three sizes.
TrainConfig several_sizes() {
  TrainConfig config = short_schedule();
  config.input_sizes = {32, 48, 64};
  config.input_sizes_every = 2;
  return config;
}

std::map<std::string, Tensor> trained(const Detector& detector, QuantMethod method, int steps,
                                      const TrainConfig& config = short_schedule()) {
  Network network = detector.network(method);
  Trainer trainer(network, *detector.task, config, 7);
  for (int i = 0; i < steps; ++i) trainer.step();
  return capture(network);
}

// Three steps, and the rest of `steps` by another trainer and network that restore them.
Network resumed(const Detector& detector, QuantMethod method, int steps,
                const TrainConfig& config = short_schedule()) {
  Network network = detector.network(method), fresh = detector.network(method);
  Trainer before(network, *detector.task, config, 7), after(fresh, *detector.task, config, 7);
  for (int i = 0; i < 3; ++i) before.step();
  restore_training(fresh, after, capture_training(network, before), "test");
  for (int i = 3; i < steps; ++i) after.step();
  return fresh;
}

}  // namespace

TEST_CASE("a_detector_trains_with_the_same_bits_on_any_number_of_threads") {
  const Detector detector;
  for (const QuantMethod method : {QuantMethod::none, QuantMethod::learned_scale_shift}) {
    set_threads(1);
    const auto one = trained(detector, method, 5);
    for (const int count : {2, 3}) {
      INFO(count << " threads");
      set_threads(count);
      CHECK(equal_bits(one, trained(detector, method, 5)));
    }
    set_threads(0);
  }
}

TEST_CASE("the_training_of_a_detector_resumes_bit_by_bit") {
  const Detector detector;
  const auto whole = trained(detector, QuantMethod::lsq_plus, 7);
  Network network = resumed(detector, QuantMethod::lsq_plus, 7);
  CHECK(equal_bits(whole, capture(network)));
}

TEST_CASE("inputs_of_several_sizes_train_with_the_same_bits_on_any_number_of_threads_and_resume") {
  const Detector detector;
  for (const QuantMethod method : {QuantMethod::none, QuantMethod::learned_scale_shift}) {
    set_threads(1);
    const auto one = trained(detector, method, 7, several_sizes());
    CHECK_FALSE(equal_bits(one, trained(detector, method, 7)));
    set_threads(3);
    CHECK(equal_bits(one, trained(detector, method, 7, several_sizes())));
    set_threads(0);
    Network fresh = resumed(detector, method, 7, several_sizes());
    CHECK(equal_bits(one, capture(fresh)));
    CHECK(detector.task->evaluate(fresh, EvaluationSplit::test).finite);
  }
}

TEST_CASE("sizes_that_a_network_cannot_read_are_refused_before_training") {
  const Detector detector;
  Network network = detector.network(QuantMethod::none);
  TrainConfig config = several_sizes();
  config.input_sizes.push_back(33);  // 17 cells, which two heads of one stride both have
  CHECK_NOTHROW(Trainer(network, *detector.task, config, 7));
  Network two = build_model({.kind = "yolov4-tiny"}, {32, 32, 3}, 2, Rng(1));
  config.input_sizes = {64, 48};  // 3 cells become 1, and that 2
  CHECK_THROWS_WITH(
      Trainer(two, *detector.task, config, 7),
      Catch::StartsWith("train.input_sizes: found 48, which the network cannot read: node '34/concat"));
}

TEST_CASE("a_detector_learns_in_float_and_with_each_method") {
  const Detector detector;
  for (const QuantMethod method :
       {QuantMethod::none, QuantMethod::learned_scale_shift, QuantMethod::lsq, QuantMethod::lsq_plus}) {
    INFO(name(method));
    Network network = detector.network(method);
    TrainConfig config = short_schedule();
    config.augment = false;  // so that steps can be compared
    config.mosaic = 0;
    Trainer trainer(network, *detector.task, config, 7);
    const double before = detector.task->evaluate(network, EvaluationSplit::test).loss;
    double first = 0, last = 0;
    for (int i = 0; i < 200; ++i)
      (i < 20 ? first : last) += i < 20 || i >= 180 ? trainer.step().loss : (trainer.step(), 0);
    // Scales of ours grow by factors from what fits the first numbers of a head, which takes longer than
    // this.
    const bool slow = method == QuantMethod::learned_scale_shift;
    CHECK(last < (slow ? 0.95 : 0.1) * first);
    CHECK(detector.task->evaluate(network, EvaluationSplit::test).loss < (slow ? 0.95 : 0.1) * before);
    if (method == QuantMethod::none) continue;
    CHECK(detector.task->evaluate_integers(network, EvaluationSplit::test).metrics.size() == 12);
  }
}

TEST_CASE("layers_that_drop_values_can_be_told_not_to") {
  const Detector detector;
  Network network;
  const NodeRef dropped = network.add("drop", DropoutOptions{.rate = 0.5}, {network.add_input("input", {4})});
  network.add("linear", LinearOptions{.out_features = 2}, {dropped});
  TrainConfig config = short_schedule();
  const auto rate = [&] { return std::get<Dropout>(network.node(dropped).layer).options.rate; };
  const Trainer dropping(network, *detector.task, config, 7);
  CHECK(rate() == 0.5);
  config.dropout = false;
  const Trainer keeping(network, *detector.task, config, 7);
  CHECK(rate() == 0);
}

TEST_CASE("a_cfg_with_another_loss_is_judged_and_not_trained") {
  const TemporaryDirectory directory;
  write_coco_folder(directory.path());
  std::string cfg = kSmallDetector;
  cfg.insert(cfg.find("iou_loss=ciou\n"), "truth_thresh=0.5\n");
  std::ofstream(directory / "net.cfg") << cfg;
  std::ofstream(directory / "tiny.ini")
      << "[dataset]\nkind = coco\npath = .\ntrain_annotations = train.json\ntrain_pictures = train\n"
         "test_annotations = test.json\ntest_pictures = test\nimage_size = 32\n[model]\nkind = darknet\ncfg "
         "= net.cfg\n"
         "[train]\nbatch = 2\n";
  const ProgramOutcome refused = run_program(directory, "train tiny.ini");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err,
             Catch::Contains("[yolo] truth_thresh: found 0.5, expected at least 1 to train with"));
}

}  // namespace nibble::detection_train_test
