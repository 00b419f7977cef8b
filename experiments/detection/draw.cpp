#include "experiments/detection/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/pictures/small_font.h"

namespace nibble {
namespace {

using Colour = std::array<std::uint8_t, 3>;

// Okabe and Ito's, which people tell apart whatever their eyes; light enough for black letters.
constexpr Colour kColours[] = {{230, 159, 0},  {86, 180, 233}, {0, 200, 150},   {240, 228, 66},
                               {90, 150, 220}, {240, 120, 50}, {225, 140, 185}, {200, 200, 200}};
constexpr Colour kInk{0, 0, 0};

class Canvas {
 public:
  explicit Canvas(Array<std::uint8_t>& pixels)
      : pixels_(pixels), height_(pixels.shape()[0]), width_(pixels.shape()[1]) {}

  long height() const { return height_; }
  long width() const { return width_; }
  // Rows and columns first ≤ i < end, as far as they are inside.
  void fill(long top, long left, long bottom, long right, const Colour& colour) {
    for (long y = std::max(top, 0L); y < std::min(bottom, height_); ++y) {
      for (long x = std::max(left, 0L); x < std::min(right, width_); ++x)
        std::copy(colour.begin(), colour.end(), pixels_.data() + (y * width_ + x) * 3);
    }
  }
  void text(long top, long left, long zoom, const std::string& text, const Colour& colour) {
    for (const char letter : text) {
      const char shown = ' ' <= letter && letter <= '~' ? letter : '?';
      for (long x = 0; x < kGlyphWidth; ++x) {
        for (long y = 0; y < kGlyphHeight; ++y) {
          const long t = top + y * zoom, l = left + x * zoom;
          if (kGlyphs[shown - ' '][x] >> y & 1) fill(t, l, t + zoom, l + zoom, colour);
        }
      }
      left += (kGlyphWidth + 1) * zoom;
    }
  }

 private:
  Array<std::uint8_t>& pixels_;
  long height_, width_;
};

void draw_one(Canvas& canvas, const Detection& found, const std::string& text, long zoom) {
  const Colour& colour = kColours[static_cast<std::size_t>(found.label) % std::size(kColours)];
  const Extent& e = found.extent;
  const long top = std::lround(e.y), left = std::lround(e.x), bottom = std::lround(e.y + e.h),
             right = std::lround(e.x + e.w), line = 2 * zoom;
  canvas.fill(top, left, top + line, right, colour);
  canvas.fill(bottom - line, left, bottom, right, colour);
  canvas.fill(top, left, bottom, left + line, colour);
  canvas.fill(top, right - line, bottom, right, colour);
  // Above the rectangle, or in it where there is no room.
  const long high = (kGlyphHeight + 2) * zoom,
             wide = (static_cast<long>(text.size()) * (kGlyphWidth + 1) + 1) * zoom;
  const long y = top >= high ? top - high : top,
             x = std::clamp(left, 0L, std::max(canvas.width() - wide, 0L));
  canvas.fill(y, x, y + high, x + wide, colour);
  canvas.text(y + zoom, x + zoom, zoom, text, kInk);
}

}  // namespace

void draw(Array<std::uint8_t>& pixels, const std::vector<Detection>& found,
          const std::vector<std::string>& class_names, Caption caption) {
  Canvas canvas(pixels);
  const long zoom = std::max(1L, std::min(canvas.height(), canvas.width()) / 240);
  for (std::size_t i = found.size(); i > 0; --i) {
    const Detection& one = found[i - 1];
    std::string text = class_names.at(static_cast<std::size_t>(one.label));
    if (caption == Caption::name_and_score) text += fmt::format(" {:.2f}", one.score);
    draw_one(canvas, one, text, zoom);
  }
}

}  // namespace nibble
