#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"
#include "experiments/detection/detection.h"

namespace nibble {

/// What stands above a rectangle.
enum class Caption { name, name_and_score };

/// Draws rectangles into a photograph [H, W, 3]; each class has a colour of its own. The first one is drawn
/// last, on top.
void draw(Array<std::uint8_t>& pixels, const std::vector<Detection>& found,
          const std::vector<std::string>& class_names, Caption caption = Caption::name_and_score);

}  // namespace nibble
