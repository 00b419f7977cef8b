#pragma once

#include <string>
#include <vector>

#include "datasets/images/image_set.h"
#include "datasets/pictures/listing.h"
#include "datasets/pictures/picture_files.h"

namespace nibble {

/// Where pictures are, and what a network reads of them.
struct PictureOptions {
  ListingOptions listing{};
  long image_size = 224;     // both sides of what the network reads
  Fitting fitting{};         // how pictures come to it
  long channels = 3;         // 3 or 1
  bool fast_decode = false;  // JPEGs at a lower resolution that still has fitting.shorter_side pixels
  bool upright = false;      // turned as the camera noted
  DamagedPictures damaged = DamagedPictures::stop;
};

/// How the pictures of a kind lie.
using ListPictures = PictureListing (*)(const ListingOptions&);
using ListPictureClasses = std::vector<std::string> (*)(const ListingOptions&);

/// The pictures as `list` finds them in a folder; of a path that is a text, those listed in it; of one that
/// is an HDF5 file, those that `nibble data pack` put there. An Error says what is wrong with path or files.
/// Channel statistics are ImageNet's, for grey pictures their means.
ImageSet read_pictures(const std::string& name, ListPictures list, const PictureOptions& options);

/// The listing alone, as nibble data pack needs it.
PictureListing list_pictures(ListPictures list, const ListingOptions& options);

/// The names of the classes of the same; no picture is opened. list: those of a folder
std::vector<std::string> picture_classes(ListPictureClasses list, const PictureOptions& options);

}  // namespace nibble
