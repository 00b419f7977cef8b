#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "edge/emit/model_names.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// What a device has to do to the bytes of a picture before the model can read them.
struct PixelCodes {
  std::vector<std::string> channels;      // "red", "green", "blue", as they follow one another in a pixel
  std::vector<float> mean, std;           // of each, of byte / 255
  std::vector<std::uint8_t> table;        // [channels, 256]: the code of each byte
  std::vector<std::string> scaling = {};  // how a photograph comes to the input's size: lines of text
  bool empty() const { return table.empty(); }
};

/// Throws Error where the parts do not fit each other or the graph's input.
void check_pixels(const IntegerGraph& graph, const PixelCodes& pixels);

/// What stands behind the codes, for people: some lines, each behind `indent`.
std::string pixel_words(const IntegerGraph& graph, const PixelCodes& pixels, const std::string& indent);

/// Declarations of the table and the function that reads it, and the file that holds both.
std::string pixel_interface(const IntegerGraph& graph, const PixelCodes& pixels, const ModelNames& names);
std::string pixel_source(const PixelCodes& pixels, const ModelNames& names);

/// Declaration of the names of classes, or of the words of a vocabulary, and the file that holds them.
std::string name_interface(const IntegerGraph& graph, const ModelNames& names);
std::string name_source(const IntegerGraph& graph, const std::vector<std::string>& list,
                        const ModelNames& names);

}  // namespace nibble::edge
