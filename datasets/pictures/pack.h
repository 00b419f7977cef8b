#pragma once

#include <functional>
#include <string>

#include "datasets/pictures/picture_files.h"

namespace nibble {

struct PackOptions {
  long side =
      0;  // pictures whose shorter side is longer are scaled to it, bilinear; 0: they stay as they are
  int quality = 95;  // of a JPEG that was scaled
  DamagedPictures damaged = DamagedPictures::stop;
  bool upright = false;  // those that are scaled are turned first, for the note of the camera is lost
};

struct Packed {
  long pictures = 0, left_out = 0;
  bool finished = false;
};

/// Called now and then with the pictures done and all of them; false stops, with what is done kept.
using PackProgress = std::function<bool(long done, long total)>;

/// Puts the pictures of a listing into one file (packed.h). Every picture is decoded on the way, so that a
/// damaged one is found now: an Error names it, or `skip` leaves it out. A call that was interrupted, however
/// that happened, goes on where it was (pack_journal.h). It needs the disk space twice while it writes the
/// file at the end. An Error refuses a file that exists.
Packed pack(PictureListing listing, const std::string& to, const PackOptions& options,
            const PackProgress& progress);

}  // namespace nibble
