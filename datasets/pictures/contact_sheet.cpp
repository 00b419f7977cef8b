#include "datasets/pictures/contact_sheet.h"

#include <algorithm>
#include <cmath>

#include "datasets/pictures/small_font.h"

namespace nibble {
namespace {

constexpr long kGap = 6;         // between pictures
constexpr long kLeastSide = 96;  // of a picture as it is shown
constexpr long kAdvance = kGlyphWidth + 1;
constexpr std::uint8_t kGround = 32, kInk = 235;

struct Canvas {
  Array<std::uint8_t> pixels;  // [H, W, 3]

  void set(long y, long x, const std::uint8_t* colour, long channels) {
    std::uint8_t* const at = pixels.data() + (y * pixels.shape()[1] + x) * 3;
    for (long c = 0; c < 3; ++c) at[c] = colour[channels == 3 ? c : 0];
  }
};

void draw_picture(Canvas& canvas, long top, long left, long zoom, const std::uint8_t* pixels,
                  const Shape& shape) {
  const long channels = shape[2];
  for (long y = 0; y < shape[0] * zoom; ++y)
    for (long x = 0; x < shape[1] * zoom; ++x)
      canvas.set(top + y, left + x, pixels + ((y / zoom) * shape[1] + x / zoom) * channels, channels);
}

void draw_text(Canvas& canvas, long top, long left, const std::string& text) {
  for (const char letter : text) {
    const char shown = ' ' <= letter && letter <= '~' ? letter : '?';
    const auto& glyph = kGlyphs[shown - ' '];
    for (long x = 0; x < kGlyphWidth; ++x)
      for (long y = 0; y < kGlyphHeight; ++y)
        if (glyph[x] >> y & 1) canvas.set(top + y, left + x, &kInk, 1);
    left += kAdvance;
  }
}

std::string shortened(const std::string& text, long letters) {
  if (static_cast<long>(text.size()) <= letters) return text;
  return text.substr(0, static_cast<std::size_t>(std::max(letters - 2, 0L))) + "..";
}

}  // namespace

Array<std::uint8_t> contact_sheet(const Array<std::uint8_t>& pictures,
                                  const std::vector<std::string>& texts) {
  const Shape& all = pictures.shape();
  const Shape shape{all[1], all[2], all[3]};
  const long n = all[0], zoom = std::max(1L, (kLeastSide + shape[1] - 1) / shape[1]);
  const long columns = static_cast<long>(std::ceil(std::sqrt(static_cast<double>(n)))),
             rows = (n + columns - 1) / columns;
  const long width = shape[1] * zoom, height = shape[0] * zoom;
  const long step_down = height + kGlyphHeight + 2 * kGap, step_across = width + kGap;
  Canvas canvas{Array<std::uint8_t>({rows * step_down + kGap, columns * step_across + kGap, 3})};
  canvas.pixels.fill(kGround);
  for (long i = 0; i < n; ++i) {
    const long top = kGap + i / columns * step_down, left = kGap + i % columns * step_across;
    draw_picture(canvas, top, left, zoom, pictures.data() + i * shape.count(), shape);
    draw_text(canvas, top + height + kGap / 2, left,
              shortened(texts[static_cast<std::size_t>(i)], width / kAdvance));
  }
  return canvas.pixels;
}

Array<std::uint8_t> bytes_of(const ImageSet& images, const Tensor& x) {
  auto bytes = Array<std::uint8_t>::uninitialized(x.shape());
  const auto channels = static_cast<long>(images.mean.size());
  for (long i = 0; i < x.size(); ++i) {
    const auto c = static_cast<std::size_t>(i % channels);
    const double pixel = (static_cast<double>(x[i]) * images.std[c] + images.mean[c]) * 255;
    bytes[i] = static_cast<std::uint8_t>(std::clamp(std::lround(pixel), 0L, 255L));
  }
  return bytes;
}

}  // namespace nibble
