#include "experiments/detection/box_answers.h"

#include <map>

#include "experiments/detection/voc_metrics.h"

namespace nibble {
namespace {

// VOC knows no crowds: they are left out.
std::vector<VocImage> as_voc(const CocoSet& set, const std::vector<CocoResult>& results) {
  std::map<long, std::size_t> place;
  for (const CocoImage& image : set.images) place.emplace(image.id, place.size());
  std::map<long, int> label;
  for (const CocoCategory& category : set.categories)
    label.emplace(category.id, static_cast<int>(label.size()));
  std::vector<VocImage> images(set.images.size());
  for (const CocoObject& object : set.objects) {
    if (!object.crowd)
      images[place.at(object.image)].objects.push_back({label.at(object.category), 1, object.extent});
  }
  for (const CocoResult& result : results) {
    if (label.count(result.category) > 0)
      images[place.at(result.image)].found.push_back(
          {label.at(result.category), result.score, result.extent});
  }
  return images;
}

}  // namespace

BoxAnswers judge_boxes(const CocoSet& set, std::vector<CocoResult> results) {
  BoxAnswers answers;
  CocoEvaluation coco = evaluate_coco(set, results);
  answers.figures = coco.figures;
  answers.matches = std::move(coco.matches);
  const std::vector<VocImage> images = as_voc(set, results);
  for (std::size_t c = 0; c < coco.classes.size(); ++c) {
    const int label = static_cast<int>(c);
    BoxAnswers::OfClass one{.coco = coco.classes[c]};
    for (const CocoObject& object : set.objects)
      one.objects += !object.crowd && object.category == one.coco.category;
    one.voc_every_point = voc_average_precision(images, label, 0.5, VocRule::every_point);
    one.voc_eleven_points = voc_average_precision(images, label, 0.5, VocRule::eleven_points);
    answers.classes.push_back(one);
  }
  answers.results = std::move(results);
  return answers;
}

}  // namespace nibble
