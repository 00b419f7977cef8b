#pragma once

#include <cstddef>
#include <string>

namespace nibble {

// A sealed file begins with a block of text: the kind of the file, the number of bytes that follow, and their
// xxh64. The seal is checked before a parser reads the content. So damage (a short file, one flipped bit) is
// always found and reported, and a library that trusts its input never reads a broken file. HDF5 allows such
// a block in front ("user block"): h5py, h5dump and HDFView can open sealed files.

/// The bytes at the front that the writer leaves free.
inline constexpr std::size_t kSealBytes = 512;

/// Fills the front block of a finished file. `kind` is one line that begins with "nibble " and names the kind
/// of the file and its version: "nibble checkpoint 1".
void seal(const std::string& path, const std::string& kind);

/// Throws Error, which names the file and what was found, unless the content is the one that seal(path, kind)
/// saw.
void check_seal(const std::string& path, const std::string& kind);

}  // namespace nibble
