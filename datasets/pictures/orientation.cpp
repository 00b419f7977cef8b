#include "datasets/pictures/orientation.h"

#include <algorithm>
#include <optional>

namespace nibble {
namespace {

using namespace std::string_view_literals;

constexpr int kApp1 = 0xE1, kStartOfScan = 0xDA;
constexpr std::size_t kOrientationTag = 0x0112, kEntryBytes = 12;

// Numbers in bytes, of which the first may be the highest or the lowest. What lies outside is 0.
class Numbers {
 public:
  Numbers(std::string_view bytes, bool highest_first) : bytes_(bytes), highest_first_(highest_first) {}

  std::size_t at(std::size_t begin, std::size_t count) const {
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t place = begin + (highest_first_ ? i : count - 1 - i);
      value = value << 8 | (place < bytes_.size() ? static_cast<unsigned char>(bytes_[place]) : 0U);
    }
    return value;
  }

 private:
  std::string_view bytes_;
  bool highest_first_;
};

// The segment with EXIF's notes, which are laid out as a TIFF file; it stands in front of the pixels.
std::optional<std::string_view> exif_notes(std::string_view jpeg) {
  const Numbers numbers(jpeg, true);
  for (std::size_t at = 2; at + 4 <= jpeg.size() && numbers.at(at, 1) == 0xFF;) {
    const auto marker = static_cast<int>(numbers.at(at + 1, 1));
    const std::size_t length = numbers.at(at + 2, 2);
    if (marker == kStartOfScan || length < 2) break;
    const std::string_view segment = jpeg.substr(at + 4, length - 2);
    if (marker == kApp1 && segment.starts_with("Exif\0\0"sv)) return segment.substr(6);
    at += 2 + length;
  }
  return {};
}

}  // namespace

int exif_orientation(std::string_view jpeg) {
  const std::optional<std::string_view> notes = exif_notes(jpeg);
  if (!notes || !(notes->starts_with("MM"sv) || notes->starts_with("II"sv))) return 1;
  const Numbers numbers(*notes, notes->front() == 'M');
  const std::size_t directory = numbers.at(4, 4), entries = numbers.at(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kEntryBytes > notes->size()) break;
    if (numbers.at(entry, 2) != kOrientationTag) continue;
    const std::size_t found = numbers.at(entry + 8, 2);
    return found >= 1 && found <= 8 ? static_cast<int>(found) : 1;
  }
  return 1;
}

Array<std::uint8_t> turned_upright(const Array<std::uint8_t>& pixels, int orientation) {
  if (orientation == 1) return pixels;
  const Shape& in = pixels.shape();
  const auto one_of = [&](std::initializer_list<int> some) {
    return std::find(some.begin(), some.end(), orientation) != some.end();
  };
  const bool swapped = orientation >= 5, rows_back = one_of({3, 4, 6, 7}),
             columns_back = one_of({2, 3, 7, 8});
  auto out = Array<std::uint8_t>::uninitialized(swapped ? Shape{in[1], in[0], in[2]} : in);
  std::uint8_t* into = out.data();
  for (long y = 0; y < out.shape()[0]; ++y) {
    for (long x = 0; x < out.shape()[1]; ++x, into += in[2]) {
      const long row = swapped ? x : y, column = swapped ? y : x;
      const long h = rows_back ? in[0] - 1 - row : row, w = columns_back ? in[1] - 1 - column : column;
      std::copy_n(pixels.data() + (h * in[1] + w) * in[2], in[2], into);
    }
  }
  return out;
}

}  // namespace nibble
