#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "core/check.h"
#include "datasets/pictures/decode.h"
#include "edge/check/compare.h"
#include "edge/check/compiled_model.h"
#include "experiments/detection/match_boxes.h"
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
    std::map<int, std::size_t> of_class;
    for (const Detection& d : find(decode_picture_file(file, {}), 0.001))
      if (of_class[d.label]++ < kMostFound)
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

TEST_CASE("boxes_come_back_out_of_a_letterbox_in_float_and_in_integers") {
  const Folder folder;
  DatasetOptions options = coco_options<DatasetOptions>(folder.directory.path());
  options.kind = "coco";
  options.filling = Filling::letterbox;
  const std::unique_ptr<Task> task = make_task(open_data(options), folder.model);
  Network network = build_model(folder.model, task->sample_shape(), task->classes(), Rng(3));
  // Heads that say the same of every cell: a box of 8 x 8 pixels of the net in the middle of each of the 16
  // x 16.
  network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (path != "7/conv/bias" && path != "7/conv/weight" && !path.starts_with("11/conv")) return;
    Tensor& v = value.mutable_value();
    std::fill(v.begin(), v.end(), path == "7/conv/bias" ? Real(-8) : Real(0));
    if (path == "11/conv/bias") v[4] = v[5] = Real(-8);
    if (path == "7/conv/bias") v[0] = v[1] = v[2] = v[3] = Real(0), v[4] = v[5] = Real(5);
  });
  const Array<std::uint8_t> pixels =
      decode_picture_file((folder.directory.path() / "test" / "p4.jpg").string(), {});  // 40 x 24
  const auto check_boxes = [](const std::vector<Detection>& found, double tolerance) {
    REQUIRE(!found.empty());
    bool inner = false;
    for (const Detection& d : found) {
      CHECK(d.extent.y >= 0);
      CHECK(d.extent.y + d.extent.h <= 24);
      if (d.extent.x <= 0 || d.extent.x + d.extent.w >= 40 || d.extent.y <= 0 ||
          d.extent.y + d.extent.h >= 24)
        continue;
      inner = true;
      CHECK(d.extent.w == Approx(8 * 40.0 / 32).margin(tolerance));
      CHECK(d.extent.h == Approx(8 * 24.0 / 19).margin(tolerance));
      // Middles of cells of 2 pixels of the net, 6 rows of border above.
      const double row = ((d.extent.y + d.extent.h / 2) * 19 / 24 + 6 - 1) / 2;
      CHECK(row == Approx(std::round(row)).margin(tolerance));
    }
    CHECK(inner);
  };
  check_boxes(task->finder(network)(pixels, 0.5), 1e-6);
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, task->calibration_sample(4).x, 0, true);
  const edge::IntegerGraph graph = task->integers(network, "detector");
  check_boxes(task->finder(graph)(pixels, 0.5), 0.5);
  edge::EmitOptions packed;
  task->pack(graph, packed);
  REQUIRE(!packed.pixels.scaling.empty());
  CHECK(packed.pixels.scaling[0].starts_with("A photograph keeps its shape"));
}

TEST_CASE("a_cfg_that_asks_for_a_letterbox_gets_one") {
  const Folder folder;
  std::string cfg = kSmallDetector;
  cfg.insert(cfg.find("channels"), "letter_box=1\n");
  std::ofstream(folder.model.cfg) << cfg;
  CHECK_THROWS_WITH(
      make_task(folder.data(), folder.model),
      folder.model.cfg + ":4: [net] letter_box: found 1, expected dataset.fit = letterbox with it");
  DatasetOptions options = coco_options<DatasetOptions>(folder.directory.path());
  options.kind = "coco";
  options.filling = Filling::letterbox;
  CHECK(make_task(open_data(options), folder.model)->answers_with_boxes());
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
                        ", which finds boxes, expected a data set of boxes: coco or darknet");
  const std::unique_ptr<Task> task = make_task(boxes, folder.model);
  CHECK(task->learns());
  CHECK_THROWS_WITH(build_model(folder.model, task->sample_shape(), 3, Rng(1)),
                    folder.model.cfg + ": found [yolo] of 2 classes, expected 3 as the data set has");
}

}  // namespace nibble::detection_task_test
