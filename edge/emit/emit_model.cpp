// Generates the two files that differ between models: interface, tables, structs, and the list of calls. All
// loops are in edge/kernels.

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/emit_boxes.h"
#include "edge/emit/emit_c.h"
#include "edge/emit/emit_nodes.h"
#include "edge/emit/memory_report.h"

namespace nibble::edge {

namespace {

std::string meaning(const IntegerTensor& tensor) {
  if (tensor.scores) return fmt::format("real = {:.9g} * score", tensor.scale);
  return fmt::format("real = {:.9g} * code {} {:.9g}", tensor.scale, tensor.shift < 0 ? '-' : '+',
                     std::abs(tensor.shift));
}

void describe_output(std::ostream& text, const IntegerTensor& out, bool of_text) {
  text << " *   out  " << c_plain(out.name) << ' ' << out.shape << ' ' << c_type(out)
       << (out.scores ? of_text ? ", the largest is the next token, " : ", the largest is the class, " : ", ")
       << meaning(out) << "\n";
}

// What both files open with: meaning of input and outputs, sizes.
std::string opening(const IntegerGraph& graph, const MemoryReport& report, const std::string& name) {
  const IntegerTensor& in = graph.input();
  std::ostringstream text;
  text << "/* " << c_plain(name) << "\n *   in   " << c_plain(in.name);
  if (in.tokens) {
    text << ", one token 0 ... " << in.top << " a step\n";
  } else {
    text << ' ' << in.shape << " uint8, codes 0 ... " << in.top << ", " << meaning(in) << "\n";
  }
  for (const int output : graph.outputs) describe_output(text, graph.tensor(output), in.tokens);
  text << " *   flash " << report.constant_bytes() << " bytes of constants (weights " << report.weight_bytes
       << ") and the code, RAM " << report.context_bytes() << " bytes (context), " << report.macs
       << " multiply-accumulates" << (in.tokens ? " a step" : "") << " */\n";
  return text.str();
}

// ---- the interface, and the functions behind it

const char* const kTraceInterface =
    "#ifdef MODEL_TRACE\n/* Supplied by the caller: sees each layer's output. */\n"
    "void model_trace(int tensor, const void *data, int32_t bytes);\n#endif\n";

const char* const kBest =
    "/* The position of the largest of MODEL_OUTPUTS outputs, of equal ones the first. */\n"
    "int32_t model_best(const model_output_t *output);\n\n";

// Words, so that what begins with them lies on one.
std::string context(const MemoryPlan& plan, const EmittedNodes& nodes) {
  return str("typedef struct {\n", nodes.wide_state, nodes.codes_state, "  uint32_t arena[",
             std::max((plan.arena_bytes() + 3) / 4, 1L), "];\n} model_context_t;\n\n");
}

const char* const kImageContext =
    "/* Memory to work in, supplied by the caller: a variable anywhere, aligned as its type says. It holds "
    "nothing\n"
    " * between two calls. Calls with contexts of their own may run side by side. */\n";

std::string image_interface(const IntegerGraph& graph) {
  const IntegerTensor& out = graph.output();
  const std::string scale =
      out.scores ? fmt::format("/* real = score * MODEL_SCORE_SCALE */\n#define MODEL_SCORE_SCALE {:.9g}\n",
                               out.scale)
                 : "";
  return str("#define MODEL_OUTPUTS ", out.shape.count(), "\n", scale, "\ntypedef ", c_type(out),
             " model_output_t;\n\n"
             "/* input: MODEL_INPUTS codes, output: MODEL_OUTPUTS; they may not overlap. */\n"
             "void model_run(model_context_t *context, const uint8_t *input, model_output_t *output);\n\n",
             graph.boxes ? "" : kBest);
}

std::string interface_of_several_outputs(const IntegerGraph& graph) {
  std::ostringstream sizes, pointers;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const IntegerTensor& out = graph.tensor(graph.outputs[i]);
    sizes << "#define MODEL_OUTPUT_" << i << ' ' << out.shape.count() << '\n';
    pointers << "  " << c_type(out) << " *output_" << i << "; /* MODEL_OUTPUT_" << i << ": "
             << c_plain(out.name) << " */\n";
  }
  return str(
      sizes.str(), "\n/* Where the outputs go: memory of the caller. */\ntypedef struct {\n", pointers.str(),
      "} model_outputs_t;\n\n"
      "/* input: MODEL_INPUTS codes; input and outputs may not overlap. */\n"
      "void model_run(model_context_t *context, const uint8_t *input, const model_outputs_t *outputs);\n\n");
}

std::string text_interface(const IntegerGraph& graph) {
  const IntegerTensor& out = graph.output();
  const std::string scale =
      out.scores && out.score_bits == 16
          ? str("/* real = score / 2^MODEL_SCORE_SCALE_BITS */\n#define MODEL_SCORE_SCALE_BITS ",
                -std::ilogb(out.scale), "\n")
          : "";
  return str(
      "/* Tokens are 0 ... MODEL_VOCABULARY - 1. */\n#define MODEL_VOCABULARY ", graph.input().top + 1,
      "\n#define MODEL_OUTPUTS ", out.shape.count(), "\n", scale, "\ntypedef ", c_type(out),
      " model_output_t;\n\n"
      "/* What model_step returns. */\n#define MODEL_OK 0\n#define MODEL_UNKNOWN_TOKEN 1\n\n"
      "/* A text begins. */\nvoid model_reset(model_context_t *context);\n"
      "/* Reads one token. output: MODEL_OUTPUTS, of the token behind it. A token that is not one changes "
      "nothing. */\n"
      "int model_step(model_context_t *context, int32_t token, model_output_t *output);\n\n",
      kBest,
      "#ifdef MODEL_TRACE\n/* Supplied by the caller: see each layer's output, and before it the inner "
      "values of a recurrent one\n * (nbl_lstm_cell.h, nbl_gru_cell.h). */\n"
      "void model_trace(int tensor, const void *data, int32_t bytes);\n"
      "void model_trace_cell(int tensor, const int16_t *values, int32_t count);\n#endif\n");
}

const char* const kBestFunction =
    "\nint32_t model_best(const model_output_t *output) {\n  int32_t best = 0;\n"
    "  for (int32_t i = 1; i < MODEL_OUTPUTS; ++i) best = output[i] > output[best] ? i : best;\n"
    "  return best;\n}\n";

// The working memory as bytes, where a function's body needs it.
std::string arena_of(const std::string& body) {
  if (body.find("arena + ") != std::string::npos)
    return "  uint8_t *const arena = (uint8_t *)context->arena;\n";
  return body.find("context->") == std::string::npos ? "  (void)context;\n" : "";
}

std::string image_functions(const IntegerGraph& graph, const EmittedNodes& nodes, const ModelNames& names) {
  const bool one = graph.outputs.size() == 1;
  return str(with_names(str("void model_run(model_context_t *context, const uint8_t *input, ",
                            one ? "model_output_t *output" : "const model_outputs_t *outputs", ") {\n"),
                        names),
             arena_of(nodes.calls), nodes.calls, "}\n",
             graph.boxes ? box_source(graph, names)
             : one       ? with_names(kBestFunction, names)
                         : "");
}

std::string text_functions(const EmittedNodes& nodes, const ModelNames& names) {
  return str(
      with_names("void model_reset(model_context_t *context) {\n", names), arena_of(nodes.reset), nodes.reset,
      with_names("}\n\nint model_step(model_context_t *context, int32_t token, model_output_t *output) {\n",
                 names),
      arena_of(nodes.calls),
      with_names("  if (token < 0 || token >= MODEL_VOCABULARY) return MODEL_UNKNOWN_TOKEN;\n", names),
      nodes.calls, with_names("  return MODEL_OK;\n}\n", names), with_names(kBestFunction, names));
}

// In a traced build cells leave their inner values where the trace finds them.
std::string trace_macros(const EmittedNodes& nodes) {
  const std::string cell = nodes.taps == 0
                               ? ""
                               : str("static int16_t taps[", nodes.taps,
                                     "];\n#define NBL_TAPS taps\n#define NBL_TRACE_CELL(tensor, count) "
                                     "model_trace_cell(tensor, taps, count)\n");
  const std::string no_cell =
      nodes.taps == 0 ? "" : "#define NBL_TAPS 0\n#define NBL_TRACE_CELL(tensor, count) ((void)0)\n";
  return str("#ifdef MODEL_TRACE\n#define NBL_TRACE(tensor, data, bytes) model_trace(tensor, data, bytes)\n",
             cell, "#else\n#define NBL_TRACE(tensor, data, bytes) ((void)0)\n", no_cell, "#endif\n\n");
}

std::string interface(const IntegerGraph& graph, const MemoryPlan& plan, const EmittedNodes& nodes,
                      const ModelNames& names) {
  const std::string memory = context(plan, nodes);
  if (graph.reads_text()) {
    return with_names(
        str("/* What the model remembers of a text, and memory to work in, supplied by the caller: a "
            "variable anywhere, aligned as its\n * type says. Each text that is read has its own; they may "
            "be read side by side. */\n",
            memory, text_interface(graph), "\n"),
        names);
  }
  return with_names(
      str(kImageContext, memory, "#define MODEL_INPUTS ", graph.input().shape.count(), "\n",
          graph.outputs.size() == 1 ? image_interface(graph) : interface_of_several_outputs(graph),
          kTraceInterface, "\n"),
      names);
}

}  // namespace

EmittedModel emit_model(const IntegerGraph& graph, const MemoryPlan& plan, const EmitOptions& options) {
  const bool text = graph.reads_text(), one_output = graph.outputs.size() == 1;
  check(one_output || !text, "emit_c: graph '", graph.name, "' reads a text and has ", graph.outputs.size(),
        " outputs, expected one");
  const ModelNames names = model_names(options.c_name);
  const EmittedNodes nodes = emit_nodes(graph, plan);
  const MemoryReport report = memory_report(graph, plan);
  const std::string about = opening(graph, report, options.name);
  const bool named = text ? !options.text.words.empty() : !options.classes.empty();
  const std::string header =
      str(about, with_names("#ifndef MODEL_H\n#define MODEL_H\n\n#include <stdint.h>\n\n", names),
          graph.boxes ? "#include \"nbl_box.h\"\n\n" : "", "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
          interface(graph, plan, nodes, names), graph.boxes ? box_interface(graph, names) : "",
          options.pixels.empty() ? "" : pixel_interface(graph, options.pixels, names),
          named ? name_interface(graph, names) : "", "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
  const std::string source = str(
      about, with_names("#include \"model.h\"\n\n", names), graph.boxes ? "#include \"nbl_boxes.h\"\n" : "",
      "#include \"nbl_kernels.h\"\n\n", with_names(trace_macros(nodes), names), nodes.tables,
      text ? text_functions(nodes, names) : image_functions(graph, nodes, names));
  return {header, source, kernels_of(graph, report)};
}

}  // namespace nibble::edge
