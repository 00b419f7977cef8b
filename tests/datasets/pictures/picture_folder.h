#pragma once

#include <filesystem>
#include <string>

#include "core/check.h"
#include "datasets/datasets.h"
#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/png_picture.h"
#include "tests/support/temporary_directory.h"

namespace nibble {

/// A picture of class k: all of one colour, and larger with each i.
inline Array<std::uint8_t> plain_picture(long k, long i) {
  Array<std::uint8_t> picture({20 + i, 30 + 2 * i, 3});
  for (long p = 0; p < picture.size(); ++p)
    picture[p] = static_cast<std::uint8_t>(p % 3 == k % 3 ? 200 : 40 + i);
  return picture;
}

/// What reads them in windows of 16 x 16.
inline DatasetOptions options_for(const std::filesystem::path& path) {
  DatasetOptions options;
  options.kind = "folder";
  options.path = path.string();
  options.image_size = 16;
  return options;
}

/// Writes n pictures of each class below `root`: CLASS/0.jpg, 1.png, 2.jpg, ...
inline void write_pictures(const std::filesystem::path& root, const std::vector<std::string>& classes,
                           long n) {
  for (std::size_t k = 0; k < classes.size(); ++k) {
    std::filesystem::create_directories(root / classes[k]);
    for (long i = 0; i < n; ++i) {
      const auto picture = plain_picture(static_cast<long>(k), i);
      const bool jpeg = i % 2 == 0;
      write_file(root / classes[k] / str(i, jpeg ? ".jpg" : ".png"),
                 jpeg ? encode_jpeg(picture, 95) : encode_png(picture));
    }
  }
}

/// A tree of pictures of two classes that lives as long as the test: six of each in train/, two in test/.
struct PictureFolder {
  TemporaryDirectory directory;
  PictureFolder() {
    write_pictures(root() / "train", {"cat", "dog"}, 6);
    write_pictures(root() / "test", {"cat", "dog"}, 2);
  }
  std::filesystem::path root() const { return directory.path() / "mine"; }
};

}  // namespace nibble
