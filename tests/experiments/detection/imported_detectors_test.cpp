// Two published detectors (../shared/data/nets/yolo_fastest) on real pictures, against detections and figures
// of another program (../shared/data/coco).

#include <catch2/catch.hpp>
#include <map>

#include "core/check.h"
#include "datasets/images/stretch.h"
#include "datasets/pictures/decode.h"
#include "experiments/detection/coco_metrics.h"
#include "experiments/detection/decode.h"
#include "experiments/training/import_darknet.h"
#include "tests/support/shared_data.h"

namespace nibble {
namespace {

struct Published {
  std::string name;
  double average_precision;
};

std::vector<CocoResult> detect_all(darknet::Model& model, const CocoSet& set, const std::string& folder) {
  std::vector<CocoResult> results;
  const Shape& input = model.network.input_shape();
  for (const CocoImage& image : set.images) {
    const Array<std::uint8_t> pixels = decode_picture_file(folder + "/" + image.file, {});
    Array<std::uint8_t> bytes({1, input[0], input[1], 3});
    stretch(view_of(pixels.data(), pixels.shape()), input[0], input[1], bytes.data());
    Tensor x = Tensor::uninitialized(bytes.shape());
    for (long i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(bytes[i]) / Real(255);
    const NoGradient evaluation;
    const std::vector<Var> heads = model.network.forward_outputs(x, {});
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

double farthest(const Extent& a, const Extent& b) {
  return std::max({std::abs(a.x - b.x), std::abs(a.y - b.y), std::abs(a.x + a.w - b.x - b.w),
                   std::abs(a.y + a.h - b.y - b.h)});
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
    const auto cfg = shared_data("nets/yolo_fastest/" + published.name + ".cfg"),
               weights = shared_data("nets/yolo_fastest/" + published.name + ".weights"),
               reference = shared_data("coco/val2017_a." + published.name + ".dets.json");
    REQUIRE((cfg && weights && reference));
    const auto sections = darknet::read_cfg(cfg->string());
    darknet::Model model =
        darknet::build(sections, darknet::input_shape(sections), darknet::NormForm::pjreddie, Rng(1));
    import_darknet(model.network, weights->string());
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
            return farthest(a->extent, theirs.extent) < farthest(b->extent, theirs.extent);
          });
      worst_place = std::max(worst_place, farthest(nearest.extent, theirs.extent));
      worst_score = std::max(worst_score, std::abs(nearest.score - theirs.score));
    }
    INFO(compared << " boxes, farthest by " << worst_place << " pixels and " << worst_score);
    CHECK(compared > 500);
    CHECK(worst_place <= 0.05);
    CHECK(worst_score <= 1e-4);
  }
}

}  // namespace nibble
