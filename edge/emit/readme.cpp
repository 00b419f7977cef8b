#include "edge/emit/readme.h"

#include <sstream>

#include "core/check.h"

namespace nibble::edge {

namespace {

const char* const kImageUse =
    "  static model_context_t context; /* memory to work in, wherever you want it */\n"
    "  static uint8_t codes[MODEL_INPUTS];\n";

std::string use_of_detector(const EmitOptions& options) {
  std::string use =
      "  static model_detector_t detector; /* memory to work in, wherever you want it */\n"
      "  static uint8_t codes[MODEL_INPUTS];\n  model_box_t boxes[20];\n";
  if (!options.pixels.empty()) use += "  model_encode(pixels, codes);                 /* bytes to codes */\n";
  use += "  found = model_detect(&detector, codes, boxes, 20);\n";
  if (options.classes.empty()) return use;
  return use + "  if (found > 0) first = model_names[boxes[0].label];\n";
}

std::string use_of(const IntegerGraph& graph, const EmitOptions& options) {
  if (graph.reads_text()) {
    return "  static model_context_t context; /* of one text; wherever you want it */\n"
           "  model_output_t scores[MODEL_OUTPUTS];\n"
           "  model_reset(&context);                       /* where a text begins */\n"
           "  if (model_step(&context, token, scores) != MODEL_OK) ...   /* for each token */\n"
           "  next = model_best(scores);                   /* the most likely next token */\n";
  }
  if (graph.boxes) return use_of_detector(options);
  std::string use = kImageUse;
  if (graph.outputs.size() > 1)
    return use + "  model_run(&context, codes, &outputs);        /* model_outputs_t */\n";
  use += "  model_output_t scores[MODEL_OUTPUTS];\n";
  if (!options.pixels.empty()) use += "  model_encode(pixels, codes);                 /* bytes to codes */\n";
  use += "  model_run(&context, codes, scores);\n  class = model_best(scores);";
  return use + (options.classes.empty() ? "\n" : "                  /* model_names[class] */\n");
}

}  // namespace

std::string readme(const IntegerGraph& graph, const EmitOptions& options) {
  const bool has_names = graph.reads_text() ? !options.text.words.empty() : !options.classes.empty();
  const ModelNames names = model_names(options.c_name);
  std::ostringstream files;
  files << "  " << names.lower << ".h, " << names.lower
        << ".c: the interface; tables and the list of calls\n";
  if (!options.pixels.empty()) files << "  model_pixels.c: from the bytes of a picture to codes\n";
  if (has_names)
    files << "  model_names.c: " << (graph.reads_text() ? "words of the tokens\n" : "names of the classes\n");
  files << "  nbl_*.c, nbl_*.h: kernels; a program with several models needs each of them once\n"
           "  selftest.c, test_vectors.h: make check compares every layer with the host's reference\n"
           "  Makefile, CMakeLists.txt\n"
           "  memory.txt: bytes of flash and RAM\n";
  std::string text =
      str(options.name,
          " as C99: integers only, nothing but <stdint.h>, no memory of its own. C++ reads it too.\n\n",
          with_names(files.str(), names), "\nTo use it:\n\n", with_names(use_of(graph, options), names));
  if (!options.pixels.empty()) {
    text += "\nFrom pixels to codes:\n\n" + pixel_words(graph, options.pixels, "  ") +
            with_names(" model_encode does all of that with one table for each channel.\n", names);
  }
  if (graph.boxes) {
    text += with_names(
        "\nmodel_detect finds at most as many boxes as there is room for, the best first, in 1/256 pixel of "
        "the "
        "input\npicture; where more are there, it returns one more than fit. A score is a probability * "
        "2^32.\nmodel_run leaves the codes of the heads, and model_boxes makes boxes of them with a "
        "threshold "
        "of yours.\n",
        names);
  }
  return text + "\nThe scales of input and outputs stand in the first lines of the header.\n";
}

}  // namespace nibble::edge
