#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/images/image_set.h"

namespace nibble {

inline constexpr long kCifarSide = 32;

/// One official binary file: `records` times [label bytes, 1024 R, 1024 G, 1024 B].
struct CifarFile {
  std::string name;
  long records = 0;
  std::string md5;  // empty where the source publishes none
};

/// A data set in the binary layout of CIFAR. The last label byte of a record is the class (CIFAR-100 puts the
/// coarse class in front of it).
struct CifarFormat {
  std::string name;
  int label_bytes = 1;
  std::vector<CifarFile> train, test;
  std::vector<std::string> class_names;
};

const CifarFormat& cifar10_format();
const CifarFormat& cifar100_format();

/// Reads all files of `format` from a directory into images of [32, 32, 3]. An Error names a file that is
/// missing, has the wrong size, a label out of range or, if `verify`, another checksum than the official one.
ImageSet read_cifar(const CifarFormat& format, const std::filesystem::path& directory, bool verify = true);

}  // namespace nibble
