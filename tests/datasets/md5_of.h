#pragma once

#include <string>

#include "datasets/files/digest.h"

namespace nibble {

/// The MD5 sum of some bytes, in hexadecimal digits.
inline std::string md5_of(const std::string& bytes) {
  Md5 md5;
  md5.update(bytes.data(), bytes.size());
  return md5.hex();
}

}  // namespace nibble
