#pragma once

#include <string_view>

namespace nibble {

/// A file of the source tree that is compiled into the program (nibble_embed in cmake/embed.cmake), so that
/// an installed nibble needs no source tree.
struct EmbeddedFile {
  std::string_view name;  // without folders
  std::string_view text;
};

}  // namespace nibble
