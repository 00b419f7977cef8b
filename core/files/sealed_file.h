#pragma once

#include <cstddef>
#include <string>

namespace nibble {

// A sealed file begins with one block of text: what it is, how many bytes follow, and their xxh64. It is
// checked before any parser sees the content, so damage (a short file, one flipped bit) is always found and
// named, and a library that trusts its input never meets a broken one. HDF5 allows such a block in front
// ("user block"): h5py, h5dump and HDFView open sealed files as they are.

/// Bytes that the writer leaves free at the front.
inline constexpr std::size_t kSealBytes = 512;

/// Fills the front block of a finished file. `kind` is one line that begins with "nibble " and says what the
/// file is and in which version: "nibble checkpoint 1".
void seal(const std::string& path, const std::string& kind);

/// Throws Error, naming the file and what was found, unless it holds exactly what seal(path, kind) saw.
void check_seal(const std::string& path, const std::string& kind);

}  // namespace nibble
