#include "experiments/detection/match_boxes.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"

namespace nibble {
namespace {

// As numpy's linspace rounds them.
double overlap_number(std::size_t i) {
  return i + 1 == kOverlaps ? 0.95 : static_cast<double>(i) * ((0.95 - 0.5) / 9) + 0.5;
}

// The overlap with an object, for a crowd the share of the detection that lies in it.
double overlap_with(const Extent& found, const CocoObject& object) {
  const Extent& there = object.extent;
  const double w = std::min(found.x + found.w, there.x + there.w) - std::max(found.x, there.x),
               h = std::min(found.y + found.h, there.y + there.h) - std::max(found.y, there.y);
  if (w <= 0 || h <= 0) return 0;
  const double both = w * h, own = found.w * found.h;
  return both / (object.crowd ? own : own + there.w * there.h - both);
}

void match_image(const ClassBoxes::InImage& boxes, std::size_t image, const AreaRange& range,
                 ClassMatches& into) {
  const std::vector<const CocoResult*>& found = boxes.found;
  // Objects that count stand first.
  std::vector<const CocoObject*> objects = boxes.objects;
  const auto ignored = [&](const CocoObject* o) { return o->crowd || !range.holds(o->area); };
  std::stable_sort(objects.begin(), objects.end(),
                   [&](const CocoObject* a, const CocoObject* b) { return ignored(a) < ignored(b); });
  for (const CocoObject* object : objects) into.objects[image] += ignored(object) ? 0 : 1;

  std::vector<MatchedBox> judged;
  std::vector<std::vector<double>> overlaps;  // of a detection with each object
  for (std::size_t d = 0; d < found.size(); ++d) {
    judged.push_back({found[d]->score, image, d});
    overlaps.emplace_back();
    for (const CocoObject* object : objects) overlaps[d].push_back(overlap_with(found[d]->extent, *object));
  }
  for (std::size_t t = 0; t < kOverlaps; ++t) {
    std::vector<char> taken(objects.size(), 0);
    for (std::size_t d = 0; d < found.size(); ++d) {
      double best = std::min(overlap_number(t), 1 - 1e-10);
      std::size_t match = objects.size();
      for (std::size_t g = 0; g < objects.size(); ++g) {
        if (taken[g] && !objects[g]->crowd) continue;
        // What counts was matched, and only what does not is left.
        if (match < objects.size() && !ignored(objects[match]) && ignored(objects[g])) break;
        if (overlaps[d][g] < best) continue;
        best = overlaps[d][g];
        match = g;
      }
      Verdict& verdict = judged[d].verdicts[t];
      if (match < objects.size()) {
        taken[match] = 1;
        verdict = ignored(objects[match]) ? Verdict::ignored : Verdict::right;
      } else {
        verdict = range.holds(found[d]->extent.w * found[d]->extent.h) ? Verdict::wrong : Verdict::ignored;
      }
    }
  }
  into.found.insert(into.found.end(), judged.begin(), judged.end());
}

}  // namespace

long ClassMatches::object_count() const { return std::accumulate(objects.begin(), objects.end(), 0L); }

std::vector<ClassBoxes> boxes_by_class(const CocoSet& set, const std::vector<CocoResult>& results) {
  std::map<long, std::size_t> places;  // of images
  for (std::size_t i = 0; i < set.images.size(); ++i) places[set.images[i].id] = i;
  std::map<long, ClassBoxes> classes;
  for (const CocoCategory& category : set.categories) classes[category.id].category = category.id;
  for (const CocoObject& object : set.objects)
    classes.at(object.category).images[places.at(object.image)].objects.push_back(&object);
  for (const CocoResult& result : results) {
    const auto place = places.find(result.image);
    check(place != places.end(), "coco: found a result for image ", result.image,
          ", expected one of the set's ", set.images.size(), " images");
    const auto known = classes.find(result.category);
    if (known != classes.end()) known->second.images[place->second].found.push_back(&result);
  }
  std::vector<ClassBoxes> all;
  for (auto& [category, boxes] : classes) {
    for (auto& [image, in] : boxes.images) {
      std::stable_sort(in.found.begin(), in.found.end(),
                       [](const CocoResult* a, const CocoResult* b) { return a->score > b->score; });
      if (in.found.size() > kMostFound) in.found.resize(kMostFound);
    }
    all.push_back(std::move(boxes));
  }
  return all;
}

ClassMatches match_boxes(const ClassBoxes& boxes, std::size_t images, const AreaRange& range) {
  ClassMatches matches{.category = boxes.category, .found = {}, .objects = std::vector<long>(images)};
  for (const auto& [image, in] : boxes.images) match_image(in, image, range, matches);
  return matches;
}

}  // namespace nibble
