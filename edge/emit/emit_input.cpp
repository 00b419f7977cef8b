// What stands in front of a model and behind it: codes of pixels, names of classes.
#include "edge/emit/emit_input.h"

#include <fmt/format.h>
#include <charconv>
#include <sstream>

#include "core/check.h"
#include "edge/emit/c_text.h"

namespace nibble::edge {

namespace {

// The shortest number that reads back to the same float.
std::string shortest(float value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + c_plain(word);
  return text;
}

const char* name_array(const IntegerGraph& graph) {
  if (graph.boxes) return "model_names[MODEL_CLASSES]";
  return graph.reads_text() ? "model_names[MODEL_VOCABULARY]" : "model_names[MODEL_OUTPUTS]";
}

}  // namespace

void check_pixels(const IntegerGraph& graph, const PixelCodes& pixels) {
  if (pixels.empty()) return;
  const Shape& shape = graph.input().shape;
  const std::size_t channels = pixels.channels.size();
  check(!graph.reads_text() && shape.rank() == 3 && static_cast<std::size_t>(shape[2]) == channels &&
            pixels.mean.size() == channels && pixels.std.size() == channels &&
            pixels.table.size() == 256 * channels,
        "emit_c: found codes of pixels with ", channels, " channels, ", pixels.mean.size(), " means, ",
        pixels.std.size(), " deviations and ", pixels.table.size(), " codes, expected those of an image of ",
        shape);
}

std::string pixel_words(const IntegerGraph& graph, const PixelCodes& pixels, const std::string& indent) {
  std::ostringstream text;
  text << indent << "A picture is bytes " << graph.input().shape
       << ": rows from top to bottom, pixels from left to right, and in each pixel\n"
       << indent << joined(pixels.channels) << ".\n";
  for (const std::string& line : pixels.scaling) text << indent << line << '\n';
  text << indent << "The model was trained on x = (byte / 255 - mean) / std with\n";
  for (std::size_t c = 0; c < pixels.channels.size(); ++c) {
    text << indent << "  " << c_plain(pixels.channels[c]) << ": mean " << shortest(pixels.mean[c]) << ", std "
         << shortest(pixels.std[c]) << '\n';
  }
  const IntegerTensor& input = graph.input();
  text << fmt::format(
      "{0}and its input is (x - shift) / scale, rounded and limited to 0 ... {1}, with\n"
      "{0}scale {2:.9g} and shift {3:.9g}.",
      indent, input.top, input.scale, input.shift);
  return text.str();
}

std::string pixel_interface(const IntegerGraph& graph, const PixelCodes& pixels, const ModelNames& names) {
  const std::string words = pixel_words(graph, pixels, " * ");
  return with_names(str("/* From pixels to codes (model_pixels.c).\n", words,
                        " The table has the code of each channel's byte. */\n#define MODEL_CHANNELS ",
                        pixels.channels.size(),
                        "\nextern const uint8_t model_code_of_byte[MODEL_CHANNELS][256];\n\n"
                        "/* pixels, codes: MODEL_INPUTS bytes each; they may be the same. */\n"
                        "void model_encode(const uint8_t *pixels, uint8_t *codes);\n\n"),
                    names);
}

std::string pixel_source(const PixelCodes& pixels, const ModelNames& names) {
  std::ostringstream rows;
  for (std::size_t c = 0; c < pixels.channels.size(); ++c) {
    rows << "    {";
    for (std::size_t byte = 0; byte < 256; ++byte) {
      if (byte % 24 == 0) rows << "\n        ";
      rows << int{pixels.table[256 * c + byte]} << ", ";
    }
    rows << "\n    }, /* " << c_plain(pixels.channels[c]) << " */\n";
  }
  return with_names("#include \"model.h\"\n\nconst uint8_t model_code_of_byte[MODEL_CHANNELS][256] = {\n",
                    names) +
         rows.str() +
         with_names(
             "};\n\nvoid model_encode(const uint8_t *pixels, uint8_t *codes) {\n"
             "  for (int32_t i = 0; i < MODEL_INPUTS; ++i) codes[i] = model_code_of_byte[i % MODEL_CHANNELS]"
             "[pixels[i]];\n}\n",
             names);
}

std::string name_interface(const IntegerGraph& graph, const ModelNames& names) {
  const char* const what = graph.reads_text() ? "The words of all tokens"
                           : graph.boxes      ? "The classes of boxes"
                                              : "The classes that the outputs stand for";
  return with_names(
      str("/* ", what, " (model_names.c). */\nextern const char *const ", name_array(graph), ";\n\n"), names);
}

std::string name_source(const IntegerGraph& graph, const std::vector<std::string>& list,
                        const ModelNames& names) {
  std::string text =
      with_names(str("#include \"model.h\"\n\nconst char *const ", name_array(graph), " = {\n"), names);
  for (const std::string& name : list) text += "    " + c_string(name) + ",\n";
  return text + "};\n";
}

}  // namespace nibble::edge
