#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/fuzz/target.h"

namespace nibble::fuzz {

/// The first byte of an input: below, the others are the file itself; from here on, edits of a valid one.
constexpr std::size_t kRaw = 16;

/// A valid HDF5 file behind a front of so many bytes, of which an input makes what an older program or
/// another one could have written: objects, attributes and links go, come, move and get other types, shapes
/// and values.
class EditedHdf5 {
 public:
  /// Reads the file's bytes once.
  EditedHdf5(const std::string& path, std::size_t front);
  /// Writes it to `path` after the edits that the choices name, the front empty.
  void write(const std::string& path, Choices& choices) const;

 private:
  std::string bytes_;
  std::size_t front_;
  std::vector<std::string> objects_;     // paths of groups and datasets
  std::vector<std::string> attributes_;  // object@name
};

/// Sets a text attribute of the root in a file with such a front.
void replace_text(const std::string& path, std::size_t front, const std::string& name,
                  const std::string& text);

}  // namespace nibble::fuzz
