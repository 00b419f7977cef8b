#include "datasets/pictures/pictures.h"

#include "core/check.h"
#include "core/files/file_kind.h"
#include "datasets/pictures/packed.h"

namespace nibble {
namespace {

// The listing that a path asks for; of anything but folders and texts an Error says what it is.
enum class Layout { folders, text, packed };

Layout layout_of(const std::string& path) {
  const FileKind kind = file_kind(path);
  if (kind == FileKind::hdf5) return Layout::packed;
  check(kind == FileKind::directory || kind == FileKind::text, path, ": found ", describe_file(path),
        ", expected a folder of pictures, a text of lines file,label, or a file of nibble data pack");
  return kind == FileKind::directory ? Layout::folders : Layout::text;
}

void set_statistics(ImageSet& images, long channels) {
  images.mean = channels == 3 ? kImageNetMean : kImageNetGreyMean;
  images.std = channels == 3 ? kImageNetStd : kImageNetGreyStd;
}

// The splits are as they were packed.
void take_packed(const PictureOptions& options, const DecodeOptions& decode, ImageSet& images) {
  const ListingOptions& listing = options.listing;
  check(listing.test_share == 0 && listing.class_names.empty(), listing.path,
        ": found dataset.test_share or dataset.class_names, expected none for packed pictures, which have "
        "their splits "
        "and classes");
  PackedPictures packed = open_packed(listing.path, decode);
  images.class_names = std::move(packed.class_names);
  images.fingerprint = packed.fingerprint;
  images.train = packed.train, images.validation = packed.validation, images.test = packed.test;
}

}  // namespace

ImageSet read_pictures(const std::string& name, ListPictures list, const PictureOptions& options) {
  ImageSet images;
  images.name = name;
  images.sample_shape = {options.image_size, options.image_size, options.channels};
  images.fitting = options.fitting;
  images.any_size = true;
  set_statistics(images, options.channels);
  const DecodeOptions decode{options.channels, options.fast_decode ? options.fitting.shorter_side : 0,
                             options.upright};
  const Layout layout = layout_of(options.listing.path);
  if (layout == Layout::packed) {
    take_packed(options, decode, images);
    return images;
  }
  PictureListing listing = layout == Layout::folders ? list(options.listing) : list_csv(options.listing);
  images.left_out = inspect(listing, options.damaged);
  images.class_names = listing.class_names;
  images.fingerprint = fingerprint_of(listing);
  images.train = split_of_files(listing.root, std::move(listing.train), decode);
  images.validation = split_of_files(listing.root, std::move(listing.validation), decode);
  images.test = split_of_files(listing.root, std::move(listing.test), decode);
  return images;
}

PictureListing list_pictures(ListPictures list, const ListingOptions& options) {
  const Layout layout = layout_of(options.path);
  check(layout != Layout::packed, options.path,
        ": found an HDF5 file, expected a folder of pictures, or a text of "
        "lines file,label");
  return layout == Layout::folders ? list(options) : list_csv(options);
}

std::vector<std::string> picture_classes(ListPictureClasses list, const PictureOptions& options) {
  switch (layout_of(options.listing.path)) {
    case Layout::folders:
      return list(options.listing);
    case Layout::text:
      return list_csv_classes(options.listing);
    case Layout::packed:
      break;
  }
  return packed_classes(options.listing.path);
}

}  // namespace nibble
