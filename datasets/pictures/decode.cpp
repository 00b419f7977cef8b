#include "datasets/pictures/decode.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/check.h"
#include "core/noncopyable.h"
#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/orientation.h"
#include "datasets/pictures/png_picture.h"

namespace nibble {
namespace {

using namespace std::string_view_literals;

// Most pictures say their size in the first; what a camera notes in front of it hardly exceeds the second.
constexpr long kInspectedBytes[] = {4096, 128 << 10};
constexpr long kEndBytes = 16;

// A file that is open for reading.
class OpenFile : NonCopyable {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    const bool opened = descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0;
    if (!opened || !S_ISREG(status.st_mode)) {
      const std::string reason = opened ? "it is no file" : std::strerror(errno);
      if (descriptor_ >= 0) ::close(descriptor_);
      fail(path, ": cannot be read (", reason, "), expected a picture");
    }
    bytes_ = status.st_size;
  }
  ~OpenFile() { ::close(descriptor_); }

  long bytes() const { return bytes_; }
  std::string read(long begin, long count) const {
    std::string content(static_cast<std::size_t>(count), '\0');
    for (long done = 0; done < count;) {
      const long n =
          ::pread(descriptor_, content.data() + done, static_cast<std::size_t>(count - done), begin + done);
      if (n < 0 && errno == EINTR) continue;
      check(n > 0, path_, ": cannot be read (", n == 0 ? "it has become shorter" : std::strerror(errno), ")");
      done += n;
    }
    return content;
  }

 private:
  const std::string& path_;
  int descriptor_;
  long bytes_ = 0;
};

std::uint8_t grey_of(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
}

Array<std::uint8_t> with_channels(const Array<std::uint8_t>& pixels, long channels) {
  const Shape& shape = pixels.shape();
  if (shape[2] == channels) return pixels;
  auto result = Array<std::uint8_t>::uninitialized({shape[0], shape[1], channels});
  for (long i = 0; i < shape[0] * shape[1]; ++i) {
    if (channels == 1) {
      result[i] = grey_of(pixels.data() + 3 * i);
    } else {
      std::fill_n(result.data() + 3 * i, 3, pixels[i]);
    }
  }
  return result;
}

// The header of a file whose first and last bytes are those of a picture, as far as they tell.
std::optional<PictureHeader> whole_picture(std::string_view front, std::string_view back,
                                           const std::string& path) {
  const auto header = [&]() -> std::optional<PictureHeader> {
    switch (picture_format(front)) {
      case PictureFormat::jpeg:
        try {
          return read_jpeg_header(front, path);
        } catch (const Error&) {  // what a camera notes can be longer than what was read
          return std::nullopt;
        }
      case PictureFormat::png:
        return read_png_header(front, path);
      case PictureFormat::other:
        break;
    }
    return std::nullopt;
  }();
  const bool jpeg = header && header->format == PictureFormat::jpeg;
  return back.ends_with(jpeg ? "\xFF\xD9"sv : "IEND\xAE\x42\x60\x82"sv) ? header : std::nullopt;
}

Array<std::uint8_t> decode_stored(std::string_view bytes, const std::string& name, long enough,
                                  bool upright) {
  switch (picture_format(bytes)) {
    case PictureFormat::jpeg:
      return turned_upright(decode_jpeg(bytes, name, enough), upright ? exif_orientation(bytes) : 1);
    case PictureFormat::png:
      return decode_png(bytes, name);
    case PictureFormat::other:
      break;
  }
  fail(name, ": found ", describe_bytes(bytes), ", expected a JPEG or PNG picture");
}

}  // namespace

Array<std::uint8_t> decode_picture(std::string_view bytes, const std::string& name,
                                   const DecodeOptions& options) {
  return with_channels(decode_stored(bytes, name, options.enough, options.upright), options.channels);
}

Array<std::uint8_t> decode_picture_as_stored(std::string_view bytes, const std::string& name, bool upright) {
  return decode_stored(bytes, name, 0, upright);
}

std::string read_picture_file(const std::string& path) {
  const OpenFile file(path);
  return file.read(0, file.bytes());
}

Array<std::uint8_t> decode_picture_file(const std::string& path, const DecodeOptions& options) {
  return decode_picture(read_picture_file(path), path, options);
}

PictureFacts inspect_picture_file(const std::string& path, bool upright) {
  const OpenFile file(path);
  const long end = std::min(file.bytes(), kEndBytes);
  const std::string back = file.read(file.bytes() - end, end);
  for (const long most : kInspectedBytes) {
    const std::string front = file.read(0, std::min(file.bytes(), most));
    const auto header = whole_picture(front, back, path);
    if (!header) continue;
    // What a camera notes stands in front of the size. From 5 on a picture lies on its side.
    const bool lying = upright && header->format == PictureFormat::jpeg && exif_orientation(front) >= 5;
    return {file.bytes(), lying ? header->width : header->height, lying ? header->height : header->width};
  }
  const Shape shape = decode_picture(file.read(0, file.bytes()), path, {.upright = upright}).shape();
  return {file.bytes(), shape[0], shape[1]};
}

}  // namespace nibble
