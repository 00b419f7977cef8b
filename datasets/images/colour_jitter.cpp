#include "datasets/images/colour_jitter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace nibble {
namespace {

// Product and sum are rounded one by one, as Pillow's are: its result is cut to a byte, where the last bit
// can decide.
[[gnu::noinline, gnu::optimize("fp-contract=off")]] std::array<std::uint8_t, 256> blended(int from,
                                                                                          float factor) {
  std::array<std::uint8_t, 256> table;
  for (int value = 0; value < 256; ++value) {
    const float moved = static_cast<float>(from) + factor * static_cast<float>(value - from);
    table[static_cast<std::size_t>(value)] = static_cast<std::uint8_t>(std::clamp(moved, 0.0f, 255.0f));
  }
  return table;
}

int grey_level(const std::uint8_t* pixel, long channels) {
  if (channels == 1) return pixel[0];
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

void look_up(std::uint8_t* pixels, long count, const std::array<std::uint8_t, 256>& table) {
  for (long i = 0; i < count; ++i) pixels[i] = table[pixels[i]];
}

using Step = void (*)(std::uint8_t*, const Shape&, float);

}  // namespace

void change_brightness(std::uint8_t* pixels, const Shape& image, float factor) {
  look_up(pixels, image.count(), blended(0, factor));
}

void change_contrast(std::uint8_t* pixels, const Shape& image, float factor) {
  const long channels = image[2], count = image[0] * image[1];
  long sum = 0;
  for (long i = 0; i < count; ++i) sum += grey_level(pixels + i * channels, channels);
  const int mean = static_cast<int>(static_cast<double>(sum) / static_cast<double>(count) + 0.5);
  look_up(pixels, image.count(), blended(mean, factor));
}

void change_saturation(std::uint8_t* pixels, const Shape& image, float factor) {
  if (image[2] == 1) return;
  std::array<std::array<std::uint8_t, 256>, 256> tables;  // by the grey level of a pixel
  std::array<bool, 256> made{};
  for (std::uint8_t *pixel = pixels, *end = pixels + image.count(); pixel != end; pixel += 3) {
    const auto grey = static_cast<std::size_t>(grey_level(pixel, 3));
    if (!made[grey]) tables[grey] = blended(static_cast<int>(grey), factor);
    made[grey] = true;
    for (int c = 0; c < 3; ++c) pixel[c] = tables[grey][pixel[c]];
  }
}

void jitter(std::uint8_t* pixels, const Shape& image, const ColourJitter& options, Rng rng) {
  struct Choice {
    double strength, middle;
    Step step;
  };
  std::vector<Choice> choices{{options.brightness, 1, change_brightness},
                              {options.contrast, 1, change_contrast},
                              {options.saturation, 1, change_saturation}};
  // The hue came later: without it the others draw what they always drew.
  if (options.hue > 0) choices.push_back({options.hue, 0, change_hue});
  for (std::size_t left = choices.size(); left > 1; --left)
    std::swap(choices[left - 1], choices[static_cast<std::size_t>(rng.below(left))]);
  for (const auto& [strength, middle, step] : choices) {
    const double low = middle - strength;
    const float drawn = rng.uniform(static_cast<float>(middle > 0 ? std::max(low, 0.0) : low),
                                    static_cast<float>(middle + strength));
    if (strength > 0) step(pixels, image, drawn);
  }
}

}  // namespace nibble
