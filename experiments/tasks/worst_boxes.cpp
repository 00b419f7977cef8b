#include "experiments/tasks/worst_boxes.h"

#include <algorithm>

#include "datasets/images/view.h"
#include "experiments/detection/draw.h"
#include "experiments/tasks/small_picture.h"

namespace nibble {
namespace {

constexpr long kBoxesSide = 160;

// What was found in a picture, in pixels of a smaller one that shows what the network saw.
std::vector<Detection> boxes_in(const CocoSet& set, const CocoImage& image,
                                const std::vector<CocoResult>& results, double least_score,
                                const Rectangle& frame, double smaller) {
  std::vector<Detection> found;
  const double across = smaller * static_cast<double>(frame.width) / static_cast<double>(image.width),
               down = smaller * static_cast<double>(frame.height) / static_cast<double>(image.height);
  for (const CocoResult& result : results) {
    if (result.image != image.id || result.score < least_score) continue;
    const auto category = std::ranges::find(set.categories, result.category, &CocoCategory::id);
    if (category == set.categories.end()) continue;
    const Extent& e = result.extent;
    found.push_back({static_cast<int>(category - set.categories.begin()),
                     result.score,
                     {smaller * static_cast<double>(frame.left) + across * e.x,
                      smaller * static_cast<double>(frame.top) + down * e.y, across * e.w, down * e.h}});
  }
  return found;
}

}  // namespace

std::vector<WrongBoxes> worst_boxes(const CocoSet& set, const BoxAnswers& answers, double least_score) {
  std::vector<WrongBoxes> pictures(set.images.size());
  for (std::size_t i = 0; i < pictures.size(); ++i)
    pictures[i].sample = static_cast<long>(i), pictures[i].name = set.images[i].file;
  for (const ClassMatches& of_class : answers.matches) {
    for (std::size_t i = 0; i < of_class.objects.size(); ++i) {
      pictures[i].objects += of_class.objects[i];
      pictures[i].missed += of_class.objects[i];
    }
    for (const MatchedBox& box : of_class.found) {
      if (box.score < least_score) continue;
      pictures[box.image].missed -= box.verdicts[0] == Verdict::right ? 1 : 0;
      pictures[box.image].wrong += box.verdicts[0] == Verdict::wrong ? 1 : 0;
    }
  }
  const auto mistakes = [](const WrongBoxes& one) { return one.missed + one.wrong; };
  std::ranges::stable_sort(pictures, std::ranges::greater(), mistakes);
  pictures.resize(std::min(pictures.size(), kWorstPictures));
  std::erase_if(pictures, [&](const WrongBoxes& one) { return mistakes(one) == 0; });
  return pictures;
}

Array<std::uint8_t> pictures_of(const ImageSet& images, const Split& split, const CocoSet& set,
                                const std::vector<WrongBoxes>& worst, const std::vector<CocoResult>& results,
                                double least_score) {
  const double smaller = shrinking(images.sample_shape, kBoxesSide);
  std::vector<std::string> names;
  for (const CocoCategory& category : set.categories) names.push_back(category.name);
  std::vector<Array<std::uint8_t>> pictures;
  for (const WrongBoxes& picture : worst) {
    pictures.push_back(small_picture(images, split, picture.sample, kBoxesSide));
    const CocoImage& image = set.images[static_cast<std::size_t>(picture.sample)];
    const Rectangle frame =
        frame_of({image.height, image.width, 3}, images.fitting.filling, images.sample_shape);
    draw(pictures.back(), boxes_in(set, image, results, least_score, frame, smaller), names, Caption::name);
  }
  return stacked(pictures);
}

}  // namespace nibble
