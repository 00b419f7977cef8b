// Pictures: a byte that chooses how they are read, then the file.
#include "core/check.h"
#include "core/files/atomic_file.h"
#include "datasets/pictures/decode.h"
#include "tests/fuzz/few_pixels.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {
namespace {

void read_picture(std::string_view bytes) {
  Choices choices(bytes);
  const std::size_t mode = choices.byte();
  const std::string_view file = bytes.substr(std::min<std::size_t>(1, bytes.size()));
  if (picture_format(file) != PictureFormat::other && !has_few_pixels(file)) return;
  DecodeOptions options;
  options.channels = mode % 2 == 0 ? 3 : 1;
  options.enough = mode / 2 % 2 == 0 ? 0 : 8;
  options.upright = mode / 4 % 2 == 0;
  const std::string path = (folder() / "picture").string();
  write_bytes(path, file);
  inspect_picture_file(path);
  const Array<std::uint8_t> stored = decode_picture_as_stored(file, "picture", options.upright);
  require(stored.shape().rank() == 3 && stored.size() > 0, "a picture without pixels");
  const Array<std::uint8_t> picture = decode_picture(file, "picture", options);
  require(picture.shape()[2] == options.channels, "a picture with other channels than asked for");
  require(options.enough > 0 ||
              (picture.shape()[0] == stored.shape()[0] && picture.shape()[1] == stored.shape()[1]),
          "a picture of two sizes");
}

const Registered picture("picture", &read_picture);

}  // namespace
}  // namespace nibble::fuzz
