// Packed pictures: edits of a file of a few. A file that HDF5 itself cannot read is no matter of this fuzzer:
// another process tries to read it first, which guarded_read_test.cpp shows.
#include <variant>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/packed.h"
#include "datasets/pictures/png_picture.h"
#include "tests/fuzz/hdf5_edits.h"

namespace nibble::fuzz {
namespace {

constexpr long kClasses = 2;
constexpr long kMostPictures = 8;  // that are looked at; an edited split may say that it has more

Array<std::uint8_t> small_picture(long i) {
  Array<std::uint8_t> picture({2 + i, 5, i % 3 == 0 ? 1 : 3});
  for (long p = 0; p < picture.size(); ++p) picture[p] = static_cast<std::uint8_t>(40 * p + i);
  return picture;
}

// Two pictures of each split, a JPEG and a PNG.
void write_small(const std::string& path) {
  const std::string bytes_path = path + ".bytes";
  PictureListing listing{.root = "", .class_names = {"cat", "dog"}};
  std::string bytes;
  for (const PictureSplit split : kPictureSplits)
    for (long i = 0; i < 2; ++i) {
      const std::string file = i == 0 ? encode_jpeg(small_picture(1), 50) : encode_png(small_picture(i));
      listing.of(split).push_back({str(i, ".picture"), static_cast<int>(i % kClasses), std::ssize(file)});
      bytes += file;
    }
  write_bytes(bytes_path, bytes);
  write_packed(path, listing, bytes_path);
}

const EditedHdf5& edited_pictures() {
  static const EditedHdf5 edited = [] {
    const std::string path = (folder() / "small.h5").string();
    write_small(path);
    Choices none({});
    EditedHdf5(path, 0).write(path, none);  // without the room behind its content that its writer took
    return EditedHdf5(path, 0);
  }();
  return edited;
}

void look_at(const Split& split, std::size_t classes) {
  for (long i = 0; i < std::min(split.size(), kMostPictures); ++i) {
    const nibble::Target target = split.target(i);
    const int label = std::get<int>(target);
    require(0 <= label && static_cast<std::size_t>(label) < classes, "a picture of no class");
    try {
      split.name(i);
      const Array<std::uint8_t> picture = split.make(i);
      require(picture.shape().rank() == 3 && picture.shape()[2] == 3, "a picture that has no colours");
    } catch (const Error&) {  // the others may be whole
    }
  }
}

void read_pictures(std::string_view bytes) {
  const std::string path = (folder() / "packed.h5").string();
  Choices choices(bytes);
  edited_pictures().write(path, choices);
  const PackedPictures pictures = open_packed_unguarded(path, {});
  for (const Split& split : {pictures.train, pictures.validation, pictures.test})
    look_at(split, pictures.class_names.size());
}

const Registered packed("packed", &read_pictures);

}  // namespace
}  // namespace nibble::fuzz
