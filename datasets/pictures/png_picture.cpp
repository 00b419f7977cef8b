#include "datasets/pictures/png_picture.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "core/check.h"

namespace nibble {
namespace {

// libpng is C and leaves a function by longjmp. So everything that has a destructor lives outside of the
// functions that call it, in here.
struct PngReading {
  std::string_view rest;  // not read yet
  png_structp png = nullptr;
  png_infop info = nullptr;
  char reason[128] = "";

  ~PngReading() { png_destroy_read_struct(&png, &info, nullptr); }
};

struct PngWriting {
  std::string bytes;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char reason[128] = "";

  ~PngWriting() { png_destroy_write_struct(&png, &info); }
};

template <typename State>
void leave(png_structp png, png_const_charp reason) {
  auto& state = *static_cast<State*>(png_get_error_ptr(png));
  std::strncpy(state.reason, reason, sizeof state.reason - 1);
  png_longjmp(png, 1);
}

void pass_over(png_structp, png_const_charp) {}

void give_bytes(png_structp png, png_bytep into, png_size_t count) {
  auto& state = *static_cast<PngReading*>(png_get_io_ptr(png));
  if (count > state.rest.size()) png_error(png, "it ends early");
  std::memcpy(into, state.rest.data(), count);
  state.rest.remove_prefix(count);
}

void take_bytes(png_structp png, png_bytep from, png_size_t count) {
  static_cast<PngWriting*>(png_get_io_ptr(png))->bytes.append(reinterpret_cast<const char*>(from), count);
}

bool read_info(PngReading& state) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_user_limits(state.png, 0x7fffffff, 0x7fffffff);  // kMaxPicturePixels is checked by us
  png_set_read_fn(state.png, &state, give_bytes);
  png_read_info(state.png, state.info);
  return true;
}

// Eight bits, grey or RGB.
bool choose_form(PngReading& state) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  const int type = png_get_color_type(state.png, state.info);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(state.png);
  if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(state.png);
  png_set_strip_16(state.png);
  png_set_strip_alpha(state.png);
  png_set_interlace_handling(state.png);
  png_read_update_info(state.png, state.info);
  return true;
}

bool read_rows(PngReading& state, png_bytepp rows) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_read_image(state.png, rows);
  png_read_end(state.png, nullptr);
  return true;
}

bool write_all(PngWriting& state, png_uint_32 width, png_uint_32 height, int type, png_bytepp rows) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_write_fn(state.png, &state, take_bytes, nullptr);
  png_set_IHDR(state.png, state.info, width, height, 8, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(state.png, state.info);
  png_write_image(state.png, rows);
  png_write_end(state.png, nullptr);
  return true;
}

std::vector<png_bytep> row_pointers(std::uint8_t* pixels, long height, long stride) {
  std::vector<png_bytep> rows;
  for (long y = 0; y < height; ++y) rows.push_back(pixels + y * stride);
  return rows;
}

}  // namespace

PictureHeader read_png_header(std::string_view bytes, const std::string& name) {
  constexpr std::size_t kBytes = 33;  // signature, and the chunk IHDR with its checksum
  check(bytes.size() >= kBytes && bytes.substr(12, 4) == "IHDR", name,
        ": found a PNG picture whose header is damaged");
  const auto number = [&](std::size_t at) {
    long value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = 256 * value + static_cast<unsigned char>(bytes[i]);
    return value;
  };
  const PictureHeader header{PictureFormat::png, number(16), number(20)};
  check(0 < header.width && header.width <= 0x7fffffff && 0 < header.height && header.height <= 0x7fffffff,
        name, ": found a PNG picture whose header is damaged");
  check(header.width <= kMaxPicturePixels / header.height, name, ": found a picture of ", header.width, " x ",
        header.height, " pixels, expected at most ", kMaxPicturePixels, " in all");
  return header;
}

Array<std::uint8_t> decode_png(std::string_view bytes, const std::string& name) {
  const PictureHeader header = read_png_header(bytes, name);
  PngReading state;
  state.rest = bytes;
  const auto require = [&](bool done) {
    check(done, name, ": found a damaged PNG picture (", state.reason, ")");
  };
  state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, leave<PngReading>, pass_over);
  require(state.png != nullptr);
  state.info = png_create_info_struct(state.png);
  require(state.info != nullptr && read_info(state) && choose_form(state));
  const long channels = png_get_channels(state.png, state.info);
  auto pixels = Array<std::uint8_t>::uninitialized({header.height, header.width, channels});
  std::vector<png_bytep> rows = row_pointers(pixels.data(), header.height, header.width * channels);
  require(read_rows(state, rows.data()));
  return pixels;
}

std::string encode_png(const Array<std::uint8_t>& pixels) {
  const Shape& shape = pixels.shape();
  Array<std::uint8_t> copy = pixels;  // libpng wants rows that it might write to, and does not
  std::vector<png_bytep> rows = row_pointers(copy.data(), shape[0], shape[1] * shape[2]);
  PngWriting state;
  state.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, leave<PngWriting>, pass_over);
  check(state.png != nullptr, "PNG: libpng cannot be set up, expected memory for it");
  state.info = png_create_info_struct(state.png);
  const int type = shape[2] == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
  check(state.info != nullptr && write_all(state, static_cast<png_uint_32>(shape[1]),
                                           static_cast<png_uint_32>(shape[0]), type, rows.data()),
        "PNG: pixels ", shape, " cannot be encoded (", state.reason, ")");
  return std::move(state.bytes);
}

}  // namespace nibble
