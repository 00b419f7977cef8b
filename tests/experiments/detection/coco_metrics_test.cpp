// Detection metrics with known results (../shared/data/map_reference and coco).

#include "experiments/detection/coco_metrics.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/detection/voc_metrics.h"
#include "tests/support/shared_data.h"

namespace nibble::coco_metrics_test {
namespace {

void check_figures(const CocoFigures& found, const std::array<double, 12>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(CocoFigures::kNames[i]);
    CHECK(std::abs(found.values[i] - expected[i]) <= 1e-9);
  }
}

}  // namespace

TEST_CASE("the_figures_of_the_official_example_are_those_of_cocoeval") {
  const auto set = shared_data("map_reference/instances_val2014_100.json"),
             results = shared_data("map_reference/instances_val2014_fakebbox100_results.json");
  if (!set || !results) return;
  // cocoeval takes the pictures that the results speak of, as its demo does: all of this file.
  const CocoEvaluation found = evaluate_coco(read_coco(set->string()), read_coco_results(results->string()));
  check_figures(found.figures,
                {0.5045806987249628, 0.6969727247299577, 0.5729816669904824, 0.5856257209410443,
                 0.5193996948036719, 0.5013978986347466, 0.38681277964578054, 0.5936795762842003,
                 0.595352982877607, 0.6398109626113442, 0.5664205978994309, 0.5642905982905982});
}

TEST_CASE("the_figures_of_given_detections_are_those_of_cocoeval") {
  const auto set = shared_data("coco/val2017_a.json");
  if (!set) return;
  const CocoSet coco = read_coco(set->string());
  CHECK(coco.images.size() == 64);
  CHECK(coco.objects.size() == 461);
  CHECK(coco.categories.size() == 80);
  for (const std::string net : {"yolo-fastest-1.1", "yolo-fastest-1.1-xl", "yolox_nano"}) {
    INFO(net);
    const auto results = shared_data("coco/val2017_a." + net + ".dets.json");
    REQUIRE(results);
    std::ifstream in(*shared_data("coco/val2017_a." + net + ".map.json"));
    const auto map = nlohmann::json::parse(in);
    std::array<double, 12> expected{};
    std::size_t i = 0;
    for (const char* key :
         {"AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"})
      expected[i++] = map.at(key).get<double>();
    const CocoEvaluation found = evaluate_coco(coco, read_coco_results(results->string()));
    check_figures(found.figures, expected);
    CHECK(found.classes.size() == 80);
  }
}

TEST_CASE("the_average_precision_of_voc_is_that_of_its_reference") {
  const auto folder = shared_data("map_reference/voc_case");
  if (!folder) return;
  std::vector<VocImage> images;
  for (int i = 1; i <= 7; ++i) {
    VocImage image;
    std::string word;
    Detection d;
    Extent& e = d.extent;
    std::ifstream there(*folder / "gts" / ("0000" + std::to_string(i) + ".txt"));
    while (there >> word >> e.x >> e.y >> e.w >> e.h) image.objects.push_back(d);
    std::ifstream found(*folder / "dets" / ("0000" + std::to_string(i) + ".txt"));
    while (found >> word >> d.score >> e.x >> e.y >> e.w >> e.h) image.found.push_back(d);
    images.push_back(image);
  }
  struct Case {
    double overlap, eleven, every;
  };
  for (const Case& c : {Case{0.1, 0.3333333333, 0.3371980676},
                        {0.3, 0.2683982683, 0.2456866804},
                        {0.5, 0.0303030303, 0.0222222222},
                        {0.75, 0, 0}}) {
    INFO(c.overlap);
    CHECK(std::abs(voc_average_precision(images, 0, c.overlap, VocRule::eleven_points) - c.eleven) <= 1e-9);
    CHECK(std::abs(voc_average_precision(images, 0, c.overlap, VocRule::every_point) - c.every) <= 1e-9);
  }
  CHECK(std::isnan(voc_average_precision(images, 1, 0.5, VocRule::every_point)));
}

TEST_CASE("crowds_and_classes_without_objects_are_neither_right_nor_wrong") {
  CocoSet set;
  set.images = {{1, "a.jpg", 100, 100}};
  set.categories = {{1, "cat"}, {2, "dog"}};
  set.objects = {{1, 1, {0, 0, 50, 50}, 2500, false}, {1, 1, {60, 60, 40, 40}, 1600, true}};
  // One is right; two lie in the crowd; a dog is found where no class has one.
  const CocoEvaluation found = evaluate_coco(set, {{1, 1, 0.9, {0, 0, 50, 50}},
                                                   {1, 1, 0.95, {61, 61, 10, 10}},
                                                   {1, 1, 0.94, {71, 71, 10, 10}},
                                                   {1, 2, 0.9, {0, 0, 5, 5}}});
  CHECK(found.figures.average_precision() == Approx(1));
  CHECK(found.classes[1].average_precision == -1);
  CHECK(evaluate_coco(set, {}).figures.average_precision() == 0);
  CHECK_THROWS_WITH(evaluate_coco(set, {{9, 1, 1, {}}}),
                    "coco: found a result for image 9, expected one of the set's 1 images");
}

}  // namespace nibble::coco_metrics_test
