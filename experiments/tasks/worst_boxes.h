#pragma once

#include <vector>

#include "core/array.h"
#include "datasets/images/image_set.h"
#include "experiments/detection/box_answers.h"
#include "experiments/results/record.h"

namespace nibble {

inline constexpr std::size_t kWorstPictures = 12;

/// The pictures with the most mistakes of a detector, at most kWorstPictures, the worst one first: objects
/// that no box of their class with at least this score overlaps by half, and such boxes without an object. Of
/// as many mistakes the earlier picture; none without a mistake.
std::vector<WrongBoxes> worst_boxes(const CocoSet& set, const BoxAnswers& answers, double least_score);

/// These as the network saw them, with the boxes that it found, at most 160 pixels high and wide: [n, H, W,
/// 3], red first.
///   images: of the same set   results: all that was found
Array<std::uint8_t> pictures_of(const ImageSet& images, const Split& split, const CocoSet& set,
                                const std::vector<WrongBoxes>& worst, const std::vector<CocoResult>& results,
                                double least_score);

}  // namespace nibble
