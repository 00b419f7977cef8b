// Hue, saturation and value in bytes, as Pillow's conversion between RGB and HSV has them: its numbers are
// float and double in turns, and each is rounded where its is.

#include <algorithm>
#include <cmath>

#include "datasets/images/colour_jitter.h"

namespace nibble {
namespace {

struct Hsv {
  std::uint8_t hue, saturation, value;
};

std::uint8_t as_byte(double v) { return static_cast<std::uint8_t>(std::clamp(v, 0.0, 255.0)); }

[[gnu::noinline, gnu::optimize("fp-contract=off")]] Hsv to_hsv(const std::uint8_t* rgb) {
  const int r = rgb[0], g = rgb[1], b = rgb[2];
  const int high = std::max({r, g, b}), low = std::min({r, g, b});
  const auto value = static_cast<std::uint8_t>(high);
  if (high == low) return {0, 0, value};
  const auto span = static_cast<float>(high - low);
  const float saturation = span / static_cast<float>(high);
  const auto below = [&](int colour) { return static_cast<float>(high - colour) / span; };
  const float to_r = below(r), to_g = below(g), to_b = below(b);
  float hue = to_b - to_g;
  if (r != high)
    hue = static_cast<float>(g == high ? 2.0 + static_cast<double>(to_r) - static_cast<double>(to_b)
                                       : 4.0 + static_cast<double>(to_g) - static_cast<double>(to_r));
  hue = static_cast<float>(std::fmod(static_cast<double>(hue) / 6.0 + 1.0, 1.0));
  return {as_byte(static_cast<double>(hue) * 255.0), as_byte(static_cast<double>(saturation) * 255.0), value};
}

[[gnu::noinline, gnu::optimize("fp-contract=off")]] void to_rgb(const Hsv& hsv, std::uint8_t* rgb) {
  const std::uint8_t v = hsv.value;
  if (hsv.saturation == 0) {
    std::fill_n(rgb, 3, v);
    return;
  }
  const double sixths = static_cast<double>(hsv.hue) * 6.0 / 255.0;
  const int sector = static_cast<int>(std::floor(sixths));
  const auto rest = static_cast<float>(sixths - static_cast<double>(sector));
  const auto saturation = static_cast<float>(static_cast<double>(hsv.saturation) / 255.0);
  const auto dimmed = [&](double by) { return as_byte(std::round(static_cast<double>(v) * (1.0 - by))); };
  const std::uint8_t p = dimmed(static_cast<double>(saturation)),
                     q = dimmed(static_cast<double>(saturation * rest)),
                     t = dimmed(static_cast<double>(saturation) * (1.0 - static_cast<double>(rest)));
  const std::uint8_t colours[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
  std::copy_n(colours[sector % 6], 3, rgb);
}

}  // namespace

void change_hue(std::uint8_t* pixels, const Shape& image, float turn) {
  if (image[2] == 1) return;
  const int shift = static_cast<int>(static_cast<double>(turn) * 255.0);
  for (std::uint8_t *pixel = pixels, *end = pixels + image.count(); pixel != end; pixel += 3) {
    Hsv hsv = to_hsv(pixel);
    hsv.hue = static_cast<std::uint8_t>(hsv.hue + shift);
    to_rgb(hsv, pixel);
  }
}

}  // namespace nibble
