#include "experiments/tasks/box_judge.h"

#include <set>

#include "experiments/results/record.h"

namespace nibble {
namespace {

CocoSet first_images(const CocoSet& set, std::size_t count) {
  CocoSet first{
      {set.images.begin(), set.images.begin() + static_cast<std::ptrdiff_t>(count)}, set.categories, {}};
  std::set<long> kept;
  for (const CocoImage& image : first.images) kept.insert(image.id);
  for (const CocoObject& object : set.objects) {
    if (kept.count(object.image) > 0) first.objects.push_back(object);
  }
  return first;
}

}  // namespace

void BoxJudge::add(const std::vector<Detection>& found) {
  const CocoImage& image = next();
  for (const Detection& d : found) {
    const long category = set_.categories[static_cast<std::size_t>(d.label)].id;
    results_.push_back({image.id, category, d.score, d.extent});
  }
  ++pictures_;
}

BoxAnswers BoxJudge::answers() const {
  return judge_boxes(pictures_ == set_.images.size() ? set_ : first_images(set_, pictures_), results_);
}

std::vector<double> BoxJudge::metrics(const BoxAnswers& answers) {
  std::vector<double> metrics;
  for (const double figure : answers.figures.values)
    metrics.push_back(figure < 0 ? kNotMeasured : 100 * figure);
  return metrics;
}

}  // namespace nibble
