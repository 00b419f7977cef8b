#include "datasets/images/view.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/check.h"
#include "core/scratch.h"
#include "datasets/images/stretch.h"

namespace nibble {
namespace {

bool is_scaled(const Shape& image, const Fitting& fitting) {
  return fitting.shorter_side > 0 && std::min(image[0], image[1]) != fitting.shorter_side;
}

long half_to_even(long twice) { return std::lrint(static_cast<double>(twice) / 2); }

std::vector<Box> scaled(std::vector<Box> boxes, double down, double across) {
  for (Box& box : boxes) {
    box.y = static_cast<float>(box.y * down), box.h = static_cast<float>(box.h * down);
    box.x = static_cast<float>(box.x * across), box.w = static_cast<float>(box.w * across);
  }
  return boxes;
}

constexpr std::uint8_t kBorder = 128;

void fit_whole(const std::uint8_t* pixels, const Shape& image, const Rectangle& frame,
               const Placement& placement, const Shape& window, std::uint8_t* out) {
  Scratch<std::uint8_t> whole(window.count());
  if (frame.height == window[0] && frame.width == window[1]) {
    stretch(view_of(pixels, image), window[0], window[1], whole.data());
  } else {
    const long row = frame.width * window[2];
    Scratch<std::uint8_t> scaled(frame.height * row);
    stretch(view_of(pixels, image), frame.height, frame.width, scaled.data());
    std::fill_n(whole.data(), window.count(), kBorder);
    for (long y = 0; y < frame.height; ++y)
      std::copy_n(scaled.data() + y * row, row,
                  whole.data() + ((frame.top + y) * window[1] + frame.left) * window[2]);
  }
  cut_out(whole.data(), window, {placement.dy, placement.dx}, placement.mirrored, window, out);
}

double ratio(long a, long b) { return static_cast<double>(a) / static_cast<double>(b); }

}  // namespace

Shape fitted_shape(const Shape& image, const Fitting& fitting) {
  const long shorter = std::min(image[0], image[1]), side = fitting.shorter_side;
  if (!is_scaled(image, fitting)) return image;
  return {side * image[0] / shorter, side * image[1] / shorter, image[2]};
}

Rectangle frame_of(const Shape& image, Filling filling, const Shape& window) {
  check(filling != Filling::cut, "frame_of: found a part of an image, expected the whole of it");
  Rectangle frame{0, 0, window[0], window[1]};
  if (filling == Filling::stretch) return frame;
  const bool wide = window[1] * image[0] < window[0] * image[1];  // wider than the window
  if (wide) frame.height = std::max(image[0] * window[1] / image[1], 1L);
  if (!wide) frame.width = std::max(image[1] * window[0] / image[0], 1L);
  frame.top = (window[0] - frame.height) / 2;
  frame.left = (window[1] - frame.width) / 2;
  return frame;
}

Rectangle in_shape_of(const Shape& window, const Rectangle& part) {
  Rectangle grown = part;
  grown.height = std::max(part.height, (part.width * window[0] + window[1] - 1) / window[1]);
  grown.width = std::max(part.width, (part.height * window[1] + window[0] - 1) / window[0]);
  grown.top -= (grown.height - part.height) / 2;
  grown.left -= (grown.width - part.width) / 2;
  return grown;
}

Corner corner_of(const Shape& image, const Fitting& fitting, const Shape& window,
                 const Placement& placement) {
  if (fitting.shorter_side <= 0) return corner_of(image, window, placement);
  const Shape fitted = fitted_shape(image, fitting);
  return {half_to_even(fitted[0] - window[0]) + placement.dy,
          half_to_even(fitted[1] - window[1]) + placement.dx};
}

void fit(const std::uint8_t* pixels, const Shape& image, const Fitting& fitting, const Placement& placement,
         const Shape& window, std::uint8_t* out) {
  if (fitting.filling != Filling::cut)
    return fit_whole(pixels, image, frame_of(image, fitting.filling, window), placement, window, out);
  const auto [top, left] = corner_of(image, fitting, window, placement);
  const Shape fitted = fitted_shape(image, fitting);
  if (!is_scaled(image, fitting)) return cut_out(pixels, image, {top, left}, placement.mirrored, window, out);
  // The part of the scaled image that the window shows.
  const long first_row = std::clamp(top, 0L, fitted[0]),
             end_row = std::clamp(top + window[0], first_row, fitted[0]);
  const long first = std::clamp(left, 0L, fitted[1]), end = std::clamp(left + window[1], first, fitted[1]);
  const Rectangle seen{first_row, first, end_row - first_row, end - first};
  Scratch<std::uint8_t> part(seen.height * seen.width * image[2]);
  if (seen.height > 0 && seen.width > 0)
    resample(view_of(pixels, image), fitted[0], fitted[1], seen, fitting.interpolation, part.data());
  cut_out(part.data(), {seen.height, seen.width, image[2]}, {top - seen.top, left - seen.left},
          placement.mirrored, window, out);
}

std::vector<Box> fit(const std::vector<Box>& boxes, const Shape& image, const Fitting& fitting,
                     const Placement& placement, const Shape& window) {
  if (fitting.filling != Filling::cut) {
    const Rectangle frame = frame_of(image, fitting.filling, window);
    std::vector<Box> whole = scaled(boxes, ratio(frame.height, image[0]), ratio(frame.width, image[1]));
    for (Box& box : whole) {
      box.y += static_cast<float>(frame.top);
      box.x += static_cast<float>(frame.left);
    }
    return cut_out(whole, {placement.dy, placement.dx}, placement.mirrored, window);
  }
  const Shape fitted = fitted_shape(image, fitting);
  const std::vector<Box> there = is_scaled(image, fitting)
                                     ? scaled(boxes, ratio(fitted[0], image[0]), ratio(fitted[1], image[1]))
                                     : boxes;
  return cut_out(there, corner_of(image, fitting, window, placement), placement.mirrored, window);
}

void fit(const std::uint8_t* pixels, const Shape& image, const Rectangle& part, Interpolation interpolation,
         bool mirrored, const Shape& window, std::uint8_t* out) {
  resample(view_of(pixels, image, part), window[0], window[1], {0, 0, window[0], window[1]}, interpolation,
           out);
  if (mirrored) mirror(out, window);
}

std::vector<Box> fit(const std::vector<Box>& boxes, const Rectangle& part, bool mirrored,
                     const Shape& window) {
  std::vector<Box> there = boxes;
  for (Box& box : there) {
    box.y -= static_cast<float>(part.top);
    box.x -= static_cast<float>(part.left);
  }
  there = scaled(std::move(there), ratio(window[0], part.height), ratio(window[1], part.width));
  return cut_out(there, {}, mirrored, window);
}

}  // namespace nibble
