#include <catch2/catch.hpp>
#include <fstream>

#include "core/check.h"
#include "datasets/pictures/decode.h"
#include "edge/check/compare.h"
#include "edge/check/compiled_model.h"
#include "experiments/tasks/task.h"
#include "layers/network/quantize.h"
#include "tests/support/coco_folder.h"
#include "tests/support/temporary_directory.h"

namespace nibble::detection_task_test {
namespace {

struct Folder {
  TemporaryDirectory directory;
  ModelOptions model;
  Folder() {
    write_coco_folder(directory.path());
    model.kind = "darknet";
    model.cfg = (directory.path() / "net.cfg").string();
    std::ofstream(model.cfg) << kSmallDetector;
  }
  Data data() const {
    DatasetOptions options = coco_options<DatasetOptions>(directory.path());
    options.kind = "coco";
    return open_data(options);
  }
};

}  // namespace

TEST_CASE("a_detector_is_judged_in_float_codes_and_integers_and_its_c_is_exact") {
  const Folder folder;
  const std::unique_ptr<Task> task = make_task(folder.data(), folder.model);
  Network network = build_model(folder.model, task->sample_shape(), task->classes(), Rng(3));
  CHECK(task->outline().metrics.size() == 12);
  const Evaluation real = task->evaluate(network, EvaluationSplit::test);
  CHECK(real.samples == 2);
  CHECK(real.finite);
  REQUIRE(real.metrics.size() == 12);
  CHECK(real.metrics[0] >= 0);

  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, task->calibration_sample(4).x, 0, true);
  CHECK(task->evaluate(network, EvaluationSplit::test).metrics.size() == 12);
  CHECK(task->evaluate_integers(network, EvaluationSplit::test).metrics.size() == 12);

  const edge::IntegerGraph graph = task->integers(network, "detector");
  CHECK(graph.outputs.size() == 2);
  REQUIRE(graph.boxes.has_value());
  edge::EmitOptions options;
  task->pack(graph, options);
  const TemporaryDirectory c;
  edge::emit_c(graph, c.path(), options);
  const edge::CompiledModel compiled(graph, c.path());
  const IntegerCheck check = task->integer_check(graph);
  const edge::Comparison comparison = check.compare(&compiled, 0, 2);
  CHECK(comparison.differences == 0);
  CHECK(comparison.samples == 2);
  CHECK(comparison.boxes > 0);
}

TEST_CASE("what_integers_are_judged_by_are_the_boxes_of_the_device") {
  const Folder folder;
  const std::unique_ptr<Task> task = make_task(folder.data(), folder.model);
  Network network = build_model(folder.model, task->sample_shape(), task->classes(), Rng(3));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, task->calibration_sample(4).x, 0, true);
  const Evaluation evaluation = task->evaluate_integers(network, EvaluationSplit::test);
  REQUIRE(evaluation.boxes.has_value());
  REQUIRE(evaluation.boxes->classes.size() == 2);
  CHECK(evaluation.boxes->classes[0].objects + evaluation.boxes->classes[1].objects == 2);

  const edge::IntegerGraph graph = task->integers(network, "detector");
  const Task::Finder find = task->finder(graph);
  std::vector<CocoResult> results;
  for (int i = 4; i < 6; ++i) {
    const std::string file = (folder.directory.path() / "test" / str("p", i, ".jpg")).string();
    for (const Detection& d : find(decode_picture_file(file, {}), 0.001))
      results.push_back({10 + i, d.label == 0 ? 2 : 5, d.score, d.extent});
  }
  REQUIRE(results.size() == evaluation.boxes->results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const CocoResult &a = results[i], &b = evaluation.boxes->results[i];
    CHECK((a.image == b.image && a.category == b.category && a.score == b.score && a.extent == b.extent));
  }
}

TEST_CASE("boxes_that_are_what_is_there_are_right") {
  const Folder folder;
  const std::unique_ptr<Task> task = make_task(folder.data(), folder.model);
  Network network = build_model(folder.model, task->sample_shape(), task->classes(), Rng(3));
  // Heads that say nothing: no box, no precision.
  network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (path != "7/conv/bias" && path != "11/conv/bias") return;
    for (Real& v : value.mutable_value()) v = Real(-100);
  });
  CHECK(task->evaluate(network, EvaluationSplit::test).metrics[0] == 0);
  // What is no number is told, not counted as nothing found.
  network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (path == "11/conv/bias") value.mutable_value()[0] = std::numeric_limits<Real>::quiet_NaN();
  });
  CHECK_FALSE(task->evaluate(network, EvaluationSplit::test).finite);
}

TEST_CASE("data_and_network_have_to_be_for_the_same_task") {
  const Folder folder;
  const Data boxes = folder.data();
  CHECK_THROWS_WITH(
      make_task(boxes, {}),
      "model: found kind resnet20 for a data set of boxes, expected a detector such as yolov4, or kind "
      "darknet and a cfg with [yolo]");
  CHECK_THROWS_WITH(make_task(Data(std::get<BoxSet>(boxes).images), folder.model),
                    "model: found kind darknet of " + folder.model.cfg +
                        ", which finds boxes, expected a data set of boxes: coco");
  const std::unique_ptr<Task> task = make_task(boxes, folder.model);
  CHECK(task->learns());
  CHECK_THROWS_WITH(build_model(folder.model, task->sample_shape(), 3, Rng(1)),
                    folder.model.cfg + ": found [yolo] of 2 classes, expected 3 as the data set has");
}

}  // namespace nibble::detection_task_test
