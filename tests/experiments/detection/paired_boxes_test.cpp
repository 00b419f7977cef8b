#include "experiments/detection/paired_boxes.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/check.h"
#include "core/parallel.h"
#include "core/random.h"
#include "experiments/detection/coco_metrics.h"
#include "experiments/detection/precision_curve.h"

namespace nibble::paired_boxes_test {
namespace {

constexpr long kImages = 12, kClasses = 3;

float length(Rng& rng) { return rng.uniform(10, 60); }

CocoSet pictures() {
  CocoSet set;
  Rng rng(5);
  for (long c = 0; c < kClasses; ++c) set.categories.push_back({c + 1, "class"});
  for (long i = 0; i < kImages; ++i) {
    set.images.push_back({10 + i, "p.jpg", 200, 200});
    for (long k = 0; k < 4; ++k) {
      const Extent extent{rng.uniform(0, 140), rng.uniform(0, 140), length(rng), length(rng)};
      const long category = 1 + static_cast<long>(rng.below(kClasses));
      set.objects.push_back({10 + i, category, extent, extent.w * extent.h, k == 3 && i % 4 == 0});
    }
  }
  return set;
}

// Every object is found, moved by up to so many pixels, and something that is not there.
std::vector<CocoResult> found(const CocoSet& set, float blur, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<CocoResult> results;
  for (const CocoObject& object : set.objects) {
    Extent extent = object.extent;
    extent.x += rng.uniform(-blur, blur), extent.y += rng.uniform(-blur, blur);
    results.push_back({object.image, object.category, rng.uniform(0.3f, 1), extent});
    results.push_back(
        {object.image, object.category, rng.uniform(0, 0.8f), {1, 1, length(rng), length(rng)}});
  }
  return results;
}

}  // namespace

TEST_CASE("a_curve_with_repeats_is_the_curve_of_images_that_are_there_so_often") {
  const CocoSet set = pictures();
  const std::vector<CocoResult> results = found(set, 6, 1);
  std::vector<int> repeats;
  for (long i = 0; i < kImages; ++i) repeats.push_back(static_cast<int>(i % 4));
  CocoSet repeated{.images = {}, .categories = set.categories, .objects = {}};
  std::vector<CocoResult> repeated_results;
  for (std::size_t i = 0; i < set.images.size(); ++i)
    for (int copy = 0; copy < repeats[i]; ++copy) {
      const long id = static_cast<long>(repeated.images.size());
      repeated.images.push_back({id, "p.jpg", 200, 200});
      for (CocoObject object : set.objects)
        if (object.image == set.images[i].id) object.image = id, repeated.objects.push_back(object);
      for (CocoResult result : results)
        if (result.image == set.images[i].id) result.image = id, repeated_results.push_back(result);
    }

  const CocoEvaluation whole = evaluate_coco(set, results),
                       copies = evaluate_coco(repeated, repeated_results);
  for (std::size_t c = 0; c < whole.matches.size(); ++c) {
    long objects = 0;
    for (std::size_t i = 0; i < repeats.size(); ++i) objects += repeats[i] * whole.matches[c].objects[i];
    CHECK(objects == copies.matches[c].object_count());
    const auto sorted = best_first(whole.matches[c], kMostFound);
    double precision = 0;
    for (std::size_t t = 0; t < kOverlaps; ++t)
      precision += precision_curve(sorted, t, objects, repeats).mean_precision() / kOverlaps;
    CHECK(precision == Approx(copies.classes[c].average_precision).epsilon(1e-12));
  }
}

TEST_CASE("the_difference_of_two_detectors_has_an_interval_that_does_not_depend_on_threads") {
  const CocoSet set = pictures();
  const CocoEvaluation sharp = evaluate_coco(set, found(set, 2, 1)),
                       blurred = evaluate_coco(set, found(set, 9, 2));
  const PairedPrecision pairs = compare_boxes(sharp.matches, blurred.matches);
  CHECK(pairs.first == Approx(sharp.figures.average_precision()).epsilon(1e-12));
  CHECK(pairs.second == Approx(blurred.figures.average_precision()).epsilon(1e-12));
  CHECK(pairs.images == kImages);
  CHECK(pairs.low < pairs.difference());
  CHECK(pairs.difference() < pairs.high);
  CHECK(pairs.low > 0);  // moved by 9 pixels, boxes of 10 to 60 are worse
  const PairedPrecision other_way = compare_boxes(blurred.matches, sharp.matches);
  CHECK(other_way.low == Approx(-pairs.high));
  CHECK(other_way.high == Approx(-pairs.low));

  const int threads_before = threads();
  set_threads(1);
  const PairedPrecision alone = compare_boxes(sharp.matches, blurred.matches);
  set_threads(threads_before);
  CHECK(alone.low == pairs.low);
  CHECK(alone.high == pairs.high);

  const PairedPrecision same = compare_boxes(sharp.matches, sharp.matches);
  CHECK(same.low == 0);
  CHECK(same.high == 0);
}

// Of detectors whose answers differ by chance alone, about 95 of 100 intervals hold 0.
TEST_CASE("intervals_of_equally_good_detectors_hold_zero", "[once]") {
  const CocoSet set = pictures();
  int holding = 0;
  constexpr int kTries = 60;
  for (int i = 0; i < kTries; ++i) {
    const auto seed = static_cast<std::uint64_t>(10 * i);
    const PairedPrecision pairs = compare_boxes(evaluate_coco(set, found(set, 5, seed)).matches,
                                                evaluate_coco(set, found(set, 5, seed + 1)).matches, 200);
    holding += pairs.low <= 0 && 0 <= pairs.high;
  }
  CHECK(holding >= 48);
  CHECK(holding < kTries);
}

TEST_CASE("detectors_on_other_images_or_objects_are_refused") {
  const CocoSet set = pictures();
  CocoSet other = set;
  other.objects.pop_back();
  const auto matches = [](const CocoSet& of) { return evaluate_coco(of, {}).matches; };
  CHECK_THROWS_WITH(compare_boxes(matches(set), matches(other)),
                    Catch::Contains("expected two detectors on the same ones"));
  other.objects.clear();
  CHECK_THROWS_WITH(compare_boxes(matches(other), matches(other)), Catch::Contains("found no objects"));
}

}  // namespace nibble::paired_boxes_test
