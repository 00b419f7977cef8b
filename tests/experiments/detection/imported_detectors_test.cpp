// Two published detectors (../shared/data/nets/yolo_fastest) on real pictures, against detections and figures
// of another program (../shared/data/coco).

#include <catch2/catch.hpp>
#include <map>

#include "core/check.h"
#include "datasets/images/stretch.h"
#include "datasets/pictures/decode.h"
#include "edge/lower/box_tables.h"
#include "edge/run/find_boxes.h"
#include "experiments/detection/coco_metrics.h"
#include "experiments/detection/decode.h"
#include "experiments/training/import_darknet.h"
#include "tests/support/float_boxes.h"
#include "tests/support/shared_data.h"

namespace nibble::imported_detectors_test {
namespace {

struct Published {
  std::string name;
  double average_precision;
};

darknet::Model published_model(const std::string& name) {
  const auto cfg = shared_data("nets/yolo_fastest/" + name + ".cfg"),
             weights = shared_data("nets/yolo_fastest/" + name + ".weights");
  REQUIRE((cfg && weights));
  const auto sections = darknet::read_cfg(cfg->string());
  darknet::Model model =
      darknet::build(sections, darknet::input_shape(sections), darknet::NormForm::pjreddie, Rng(1));
  import_darknet(model.network, weights->string());
  return model;
}

// What the heads say of one picture.
std::vector<Var> heads_of(darknet::Model& model, const std::string& picture) {
  const Shape& input = model.network.input_shape();
  const Array<std::uint8_t> pixels = decode_picture_file(picture, {});
  Array<std::uint8_t> bytes({1, input[0], input[1], 3});
  stretch(view_of(pixels.data(), pixels.shape()), input[0], input[1], bytes.data());
  Tensor x = Tensor::uninitialized(bytes.shape());
  for (long i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(bytes[i]) / Real(255);
  const NoGradient evaluation;
  return model.network.forward_outputs(x, {});
}

std::vector<CocoResult> detect_all(darknet::Model& model, const CocoSet& set, const std::string& folder) {
  std::vector<CocoResult> results;
  const Shape& input = model.network.input_shape();
  for (const CocoImage& image : set.images) {
    const std::vector<Var> heads = heads_of(model, folder + "/" + image.file);
    std::vector<Detection> found;
    for (std::size_t k = 0; k < heads.size(); ++k) {
      const Shape& shape = heads[k].value().shape();
      const auto more = decode(heads[k].value().data(), {shape[1], shape[2], shape[3]}, model.heads[k],
                               {input, image.width, image.height, 0.005});
      found.insert(found.end(), more.begin(), more.end());
    }
    for (const Detection& d : suppress(found, 0.45))
      results.push_back({image.id, set.categories[static_cast<std::size_t>(d.label)].id, d.score, d.extent});
  }
  return results;
}

// Heads of all pictures as codes of 8 bits between the least and the largest number of each.
edge::IntegerOutputs codes_of(const std::vector<std::vector<Var>>& heads,
                              std::vector<edge::IntegerTensor>& outputs) {
  edge::IntegerOutputs codes;
  for (std::size_t k = 0; k < heads.front().size(); ++k) {
    const Shape& shape = heads.front()[k].shape();
    Real least = 1e9, largest = -1e9;
    for (const std::vector<Var>& of_picture : heads) {
      const Tensor& numbers = of_picture[k].value();
      least = std::min(least, *std::min_element(numbers.begin(), numbers.end()));
      largest = std::max(largest, *std::max_element(numbers.begin(), numbers.end()));
    }
    const double scale = static_cast<double>(largest - least) / 255;
    outputs.push_back({.name = str("head ", k),
                       .shape = {shape[1], shape[2], shape[3]},
                       .top = 255,
                       .scale = scale,
                       .shift = static_cast<double>(least)});
    codes.push_back(Array<std::int32_t>({static_cast<long>(heads.size()), shape[1], shape[2], shape[3]}));
    std::int32_t* code = codes.back().data();
    for (const std::vector<Var>& of_picture : heads) {
      for (const Real number : of_picture[k].value())
        *code++ = static_cast<std::int32_t>(std::floor(static_cast<double>(number - least) / scale + 0.5));
    }
  }
  return codes;
}

constexpr double kScoreError = 1.0 / 32768;

// Whether it hangs on rounding that a box was taken or not: its score is the threshold; or another candidate
// overlaps it by just what suppresses, or more and with the same score.
bool is_tie(const Detection& one, const std::vector<Detection>& candidates, double threshold,
            double suppression) {
  if (std::abs(one.score - threshold) <= kScoreError) return true;
  return std::any_of(candidates.begin(), candidates.end(), [&](const Detection& other) {
    if (other.label != one.label) return false;
    const double shared = overlap(one.extent, other.extent);
    const bool is_itself = shared > 0.999 && std::abs(other.score - one.score) <= kScoreError;
    return !is_itself && (std::abs(shared - suppression) <= 0.01 ||
                          (shared > suppression && std::abs(other.score - one.score) <= kScoreError));
  });
}

// A box that is taken on a tie may cover another one, which is missing then.
bool hangs_on_tie(const Detection& one, const std::vector<Detection>& one_sided,
                  const std::vector<Detection>& candidates, double threshold, double suppression) {
  if (is_tie(one, candidates, threshold, suppression)) return true;
  return std::any_of(one_sided.begin(), one_sided.end(), [&](const Detection& other) {
    return other.label == one.label && other.score > one.score &&
           overlap(one.extent, other.extent) > suppression &&
           is_tie(other, candidates, threshold, suppression);
  });
}

}  // namespace

TEST_CASE("published_detectors_find_what_they_are_published_to_find") {
  const auto set_file = shared_data("coco/val2017_a.json");
  const auto pictures = shared_pictures("coco/val2017_a.tar");
  if (!set_file || !pictures) return;
  const CocoSet set = read_coco(set_file->string());
  for (const Published& published :
       {Published{"yolo-fastest-1.1", 0.1740}, Published{"yolo-fastest-1.1-xl", 0.2353}}) {
    INFO(published.name);
    const auto reference = shared_data("coco/val2017_a." + published.name + ".dets.json");
    REQUIRE(reference);
    darknet::Model model = published_model(published.name);
    const std::vector<CocoResult> found = detect_all(model, set, pictures->string());
    const double average = evaluate_coco(set, found).figures.average_precision();
    CHECK(std::abs(average - published.average_precision) <= 0.0005);

    std::map<std::pair<long, long>, std::vector<const CocoResult*>> ours;
    for (const CocoResult& result : found) ours[{result.image, result.category}].push_back(&result);
    long compared = 0;
    double worst_place = 0, worst_score = 0;
    for (const CocoResult& theirs : read_coco_results(reference->string())) {
      if (theirs.score <= 0.05) continue;
      ++compared;
      const auto& candidates = ours[{theirs.image, theirs.category}];
      REQUIRE(!candidates.empty());
      const CocoResult& nearest = **std::min_element(
          candidates.begin(), candidates.end(), [&](const CocoResult* a, const CocoResult* b) {
            return farthest_edge(a->extent, theirs.extent) < farthest_edge(b->extent, theirs.extent);
          });
      worst_place = std::max(worst_place, farthest_edge(nearest.extent, theirs.extent));
      worst_score = std::max(worst_score, std::abs(nearest.score - theirs.score));
    }
    INFO(compared << " boxes, farthest by " << worst_place << " pixels and " << worst_score);
    CHECK(compared > 500);
    CHECK(worst_place <= 0.05);
    CHECK(worst_score <= 1e-4);
  }
}

TEST_CASE("integers_find_the_boxes_of_a_published_detector_whose_heads_are_codes") {
  const auto set_file = shared_data("coco/val2017_a.json");
  const auto pictures = shared_pictures("coco/val2017_a.tar");
  if (!set_file || !pictures) return;
  constexpr double kThreshold = 0.05, kSuppression = 0.45;
  darknet::Model model = published_model("yolo-fastest-1.1");
  std::vector<std::vector<Var>> heads;
  for (const CocoImage& image : read_coco(set_file->string()).images)
    heads.push_back(heads_of(model, pictures->string() + "/" + image.file));
  std::vector<edge::IntegerTensor> outputs;
  const edge::IntegerOutputs codes = codes_of(heads, outputs);
  const Shape input = model.network.input_shape();
  const edge::IntegerGraph graph = graph_of_heads(input, outputs, model.heads, kSuppression);

  long boxes = 0, differing = 0;
  double worst = 0;
  for (long n = 0; n < static_cast<long>(heads.size()); ++n) {
    std::vector<Detection> one_sided;
    const std::vector<Detection> candidates = float_candidates(graph, codes, n, model.heads, kThreshold);
    std::vector<Detection> found = detections(edge::find_boxes(graph, codes, n, edge::score_of(kThreshold)),
                                              {0, 0, input[0], input[1]}, input[1], input[0]);
    for (const Detection& real : suppress(candidates, kSuppression)) {
      ++boxes;
      const auto same = std::find_if(found.begin(), found.end(), [&](const Detection& d) {
        return d.label == real.label && std::abs(d.score - real.score) <= kScoreError &&
               farthest_edge(d.extent, real.extent) <= 1.0 / 16;
      });
      if (same != found.end()) {
        worst = std::max(worst, farthest_edge(same->extent, real.extent));
        found.erase(same);
      } else {
        one_sided.push_back(real);
        ++differing;
      }
    }
    one_sided.insert(one_sided.end(), found.begin(), found.end());
    for (const Detection& d : one_sided)
      CHECK(hangs_on_tie(d, one_sided, candidates, kThreshold, kSuppression));
  }
  INFO(boxes << " boxes, of which " << differing << " hang on a tie; edges apart by " << worst << " pixels");
  CHECK(boxes > 500);
  CHECK(100 * differing <= boxes);
  CHECK(worst <= 1.0 / 16);
}

}  // namespace nibble::imported_detectors_test
