#pragma once

#include <string>
#include <vector>

#include "datasets/images/image_source.h"
#include "datasets/pictures/decode.h"
#include "datasets/pictures/listing.h"

namespace nibble {

// Many pictures in one HDF5 file. A million small files are slow to find and to open on the disks of a
// cluster.
//   /               attributes: kind = "nibble pictures 1", fingerprint
//   /class_names    [classes] of text
//   /train, /validation, /test, those that have pictures:
//     bytes   [total], the pictures as JPEG and PNG files, one behind the other
//     begin   [n + 1], where in `bytes` each begins; the last one is their end
//     label   [n], the place of the class in /class_names
//     name    [n] of text, the name of the file that it was

struct PackedPictures {
  std::vector<std::string> class_names;
  std::string fingerprint;
  Split train, validation, test;
};

/// Opens such a file. Pictures are read and decoded when they are asked for, by any number of threads at
/// once. An Error says what the file is instead, or where it contradicts itself; the bytes of pictures are
/// not read for that. They were decoded, all of them, when the file was made. HDF5 crashes on some damaged
/// files, so that another process reads in front of this one (guarded_read.h).
PackedPictures open_packed(const std::string& path, const DecodeOptions& options);
/// The same by this process alone, for files that HDF5 has just written.
PackedPictures open_packed_unguarded(const std::string& path, const DecodeOptions& options);
/// The names of its classes alone, by two processes as well.
std::vector<std::string> packed_classes(const std::string& path);

/// Makes such a file, whole or not at all, of pictures whose bytes lie one behind the other in the file
/// `bytes_path`, in the order of the splits; ListedPicture::bytes are their lengths. The fingerprint, MD5 of
/// class names, labels, lengths and all bytes, covers everything that training reads.
void write_packed(const std::string& path, const PictureListing& listing, const std::string& bytes_path);

}  // namespace nibble
