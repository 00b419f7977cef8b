// Generates the two files that differ between models: tables, structs, and the list of calls. All loops are
// in edge/kernels.

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <set>

#include "core/check.h"
#include "edge/c_text.h"
#include "edge/emit_c.h"
#include "edge/memory_report.h"
#include "edge/pack.h"
#include "edge/text.h"
#include "edge/verify.h"

namespace nibble::edge {

namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// A struct initializer: lines of ".field = value,".
class Initializer {
 public:
  Initializer(const std::string& type, const std::string& name) {
    text_ << "static const " << type << ' ' << name << " = {\n";
  }
  template <typename Value>
  Initializer& field(const char* name, const Value& value) {
    text_ << "    ." << name << " = " << value << ",\n";
    return *this;
  }
  Initializer& size(const char* first, const char* second, Size2 value) {
    return field(first, value.h).field(second, value.w);
  }
  std::string str() const { return text_.str() + "};\n"; }

 private:
  std::ostringstream text_;
};

// Writes one node: its tables and structs to `tables`, its call to `calls`.
struct Writer {
  const IntegerGraph& graph;
  const MemoryPlan& plan;
  std::ostringstream tables, calls;
  std::ostringstream wide_state, codes_state, reset;  // of recurrent nodes: members of the state, statements
  std::set<std::string> kernels;
  long taps = 0;  // most inner values of a recurrent node

  const IntegerNode* node = nullptr;
  std::string id;  // unique prefix of the node's names in C

  const IntegerTensor& in(std::size_t i = 0) const { return graph.tensors[index(node->inputs[i])]; }
  const IntegerTensor& out() const { return graph.tensors[index(node->output)]; }

  std::string pointer(int tensor) const {
    const TensorPlace& place = plan.tensors[index(tensor)];
    if (place.place == Place::input) return "input";
    if (place.place == Place::output) return "output";
    return str(graph.reads_text() ? "state->arena + " : "arena + ", place.offset);
  }

  template <typename... Arguments>
  void call(const std::string& kernel, const std::string& first, const Arguments&... arguments) {
    kernels.insert(kernel);
    calls << "  " << kernel << '(' << first;
    (calls << ... << (", " + arguments));
    calls << ");\n";
  }
  std::string x() const { return pointer(node->inputs[0]); }
  std::string y() const { return pointer(node->output); }

  void weights(const std::vector<std::int8_t>& codes, long rows, int bits, const char* of = "") {
    const std::string table = id + of + "_weights";
    if (bits == 4) {
      tables << c_table("uint8_t", table, pack_nibbles(codes, rows));
    } else {
      tables << c_table("int8_t", table, codes);
    }
  }

  // Tables of a requantization, and the initializer that points to them.
  std::string requantization(const Requantization& r) {
    tables << c_table("int32_t", id + "_mult", r.mult) << c_table("int64_t", id + "_offset", r.offset);
    if (!r.mult2.empty()) {
      tables << c_table("int32_t", id + "_mult2", r.mult2) << c_table("int64_t", id + "_offset2", r.offset2);
    }
    const std::string second = r.mult2.empty() ? "0, 0" : str(id, "_mult2, ", id, "_offset2");
    return str("{", id, "_mult, ", id, "_offset, ", second, ", ", r.mult.size() > 1 ? 1 : 0, ", ", r.shift,
               ", ", r.lo, ", ", r.hi, "}");
  }

  Initializer image(const std::string& type) const {
    Initializer init(type, id);
    init.field("height", in().shape[0]).field("width", in().shape[1]).field("channels", in().shape[2]);
    return init;
  }

  // [height, width] of an output that may have dropped its axes of one.
  Initializer windows(const std::string& type) const {
    const bool flat = out().shape.rank() == 1;
    Initializer init = image(type);
    init.field("out_height", flat ? 1 : out().shape[0]).field("out_width", flat ? 1 : out().shape[1]);
    return init;
  }

  void operator()(const IntegerConv& conv) {
    const long channels = in().shape[2], outputs = out().shape[2];
    weights(conv.weights, outputs, conv.weight_bits);
    const std::string requant = requantization(conv.requantization);
    tables << windows("nbl_conv2d_t")
                  .field("out_channels", outputs)
                  .size("kernel_h", "kernel_w", conv.kernel)
                  .size("stride_h", "stride_w", conv.stride)
                  .size("pad_h", "pad_w", conv.padding)
                  .size("dilation_h", "dilation_w", conv.dilation)
                  .field("groups", conv.groups)
                  .field("border_code", conv.border_code)
                  .field("weights", id + "_weights")
                  .field("requant", requant)
                  .str();
    const bool depthwise = conv.groups == channels && channels == outputs && channels > 1;
    const std::string kernel = depthwise ? "nbl_depthwise_conv2d" : "nbl_conv2d";
    if (conv.weight_bits == 4) {
      call(kernel + "_a8w4", "&" + id, x(), y(), str("(int8_t *)(arena + ", plan.activation_bytes, ")"));
    } else {
      call(kernel + "_a8w8", "&" + id, x(), y());
    }
  }

  void operator()(const IntegerLinear& linear) {
    weights(linear.weights, out().shape[0], linear.weight_bits);
    const std::string suffix = linear.weight_bits == 4 ? "_a8w4" : "_a8w8";
    const auto sizes = [&](const char* type) {
      Initializer init(type, id);
      init.field("in", in().shape[0]).field("out", out().shape[0]).field("weights", id + "_weights");
      return init;
    };
    if (out().scores && out().score_bits == 16) {
      const std::string requant = requantization(linear.requantization);
      tables << sizes("nbl_linear_t").field("requant", requant).str();
      call("nbl_linear_scores16" + suffix, "&" + id, x(), y());
    } else if (out().scores) {
      tables << c_table("int32_t", id + "_bias", linear.bias)
             << sizes("nbl_linear_scores_t").field("bias", id + "_bias").str();
      call("nbl_linear_scores" + suffix, "&" + id, x(), y());
    } else {
      const std::string requant = requantization(linear.requantization);
      tables << sizes("nbl_linear_t").field("requant", requant).str();
      call("nbl_linear" + suffix, "&" + id, x(), y());
    }
  }

  void operator()(const IntegerAdd& add) {
    const auto line = [](const AddLine& l) { return str("{", l.mult1, ", ", l.mult2, ", ", l.offset, "}"); };
    tables << Initializer("nbl_add_t", id)
                  .field("count", out().shape.count())
                  .field("lines", add.line2 ? 2 : 1)
                  .field("line", str("{", line(add.line), ", ", line(add.line2.value_or(AddLine{})), "}"))
                  .field("shift", add.shift)
                  .field("lo", add.lo)
                  .field("hi", add.hi)
                  .str();
    call("nbl_add_a8", "&" + id, pointer(node->inputs[0]), pointer(node->inputs[1]), y());
  }

  void operator()(const IntegerTable& table) {
    tables << c_table("uint8_t", id + "_table", table.table);
    call("nbl_lookup_a8", id + "_table", str(out().shape.count()), x(), y());
  }

  void operator()(const IntegerMaxPool& pool) {
    tables << windows("nbl_max_pool_t")
                  .size("kernel_h", "kernel_w", pool.kernel)
                  .size("stride_h", "stride_w", pool.stride)
                  .size("pad_h", "pad_w", pool.padding)
                  .str();
    call("nbl_max_pool_a8", "&" + id, x(), y());
  }

  void operator()(const IntegerAveragePool& pool) {
    const std::string requant = requantization(pool.requantization);
    tables << windows("nbl_average_pool_t")
                  .size("kernel_h", "kernel_w", pool.kernel)
                  .size("stride_h", "stride_w", pool.stride)
                  .field("requant", requant)
                  .str();
    call("nbl_average_pool_a8", "&" + id, x(), y());
  }

  void operator()(const IntegerSubsample& subsample) {
    tables << image("nbl_subsample_t")
                  .field("stride", subsample.stride)
                  .field("out_channels", out().shape[2])
                  .field("leading", subsample.leading)
                  .field("border_code", subsample.border_code)
                  .str();
    call("nbl_subsample_a8", "&" + id, x(), y());
  }

  void operator()(const IntegerUpsample& upsample) {
    tables << image("nbl_upsample_t").field("factor", upsample.factor).str();
    call("nbl_upsample_a8", "&" + id, x(), y());
  }

  void operator()(const IntegerReshape&) {}  // the same bytes

  void operator()(const IntegerEmbedding& embedding) {
    const bool packed = embedding.code_bits == 4;
    const long rows = long{in().top} + 1;
    tables << c_table("uint8_t", id + "_table", packed ? pack_codes(embedding.table, rows) : embedding.table);
    call(packed ? "nbl_embedding_a4" : "nbl_embedding_a8", id + "_table", str(out().shape[0]),
         std::string("token"), y());
  }

  void operator()(const IntegerRecurrent& recurrent) {
    const bool lstm = recurrent.kind == kernels::RecurrentKind::lstm;
    const GateLines& gates = recurrent.gates;
    weights(recurrent.input_weights, recurrent.rows(), recurrent.weight_bits, "_input");
    weights(recurrent.recurrent_weights, recurrent.rows(), recurrent.weight_bits, "_recurrent");
    tables << c_table("int32_t", id + "_input_mult", gates.input_mult)
           << c_table("int32_t", id + "_recurrent_mult", gates.recurrent_mult)
           << c_table("int64_t", id + "_offset", gates.offset);
    if (!lstm) tables << c_table("int64_t", id + "_candidate_offset", gates.candidate_offset);
    const bool steps = !recurrent.thresholds.empty();
    if (steps) tables << c_table("int16_t", id + "_thresholds", recurrent.thresholds);
    tables << Initializer("nbl_recurrent_t", id)
                  .field("in", in().shape[0])
                  .field("hidden", recurrent.hidden())
                  .field("input_weights", id + "_input_weights")
                  .field("recurrent_weights", id + "_recurrent_weights")
                  .field("input_mult", id + "_input_mult")
                  .field("recurrent_mult", id + "_recurrent_mult")
                  .field("offset", id + "_offset")
                  .field("candidate_offset", lstm ? "0" : id + "_candidate_offset")
                  .field("shift", gates.shift)
                  .field("cell_fraction_bits", lstm ? recurrent.cell_fraction_bits : 0)
                  .field("steps", recurrent.thresholds.size())
                  .field("thresholds", steps ? id + "_thresholds" : "0")
                  .str();
    const std::string wide = id + (lstm ? "_c" : "_h"), codes = id + "_codes";
    wide_state << "  int16_t " << wide << '[' << recurrent.hidden() << "];\n";
    codes_state << "  uint8_t " << codes << '[' << recurrent.hidden() << "];\n";
    reset << "  for (int32_t i = 0; i < " << recurrent.hidden() << "; ++i) {\n    state->" << wide
          << "[i] = 0;\n    state->" << codes << "[i] = " << recurrent.code(0) << ";\n  }\n";
    const long inner = taps_of(recurrent.kind) * recurrent.hidden();
    taps = std::max(taps, inner);
    kernels.insert("nbl_gate_tables");
    call(str(lstm ? "nbl_lstm" : "nbl_gru", recurrent.weight_bits == 4 ? "_a8w4" : "_a8w8"), "&" + id, x(),
         "state->" + wide, "state->" + codes, y(), std::string("NBL_TAPS"));
    calls << "  NBL_TRACE_CELL(" << node->output << ", " << inner << ");\n";
  }

  void write(const IntegerNode& written, std::size_t number) {
    node = &written;
    id = str("n", number, "_", c_identifier(out().name));
    tables << "/* " << c_plain(out().name) << ": " << kind(written.op) << " */\n";
    calls << "  /* " << c_plain(out().name) << ' ' << out().shape << " */\n";
    std::visit([this](const auto& op) { (*this)(op); }, written.op);
    calls << "  NBL_TRACE(" << written.output << ", " << y() << ", "
          << out().shape.count() * bytes_of_element(out()) << ");\n";
    tables << '\n';
  }
};

std::string meaning(const IntegerTensor& tensor) {
  return str(std::setprecision(9), "real = ", tensor.scale, " * ", tensor.scores ? "score" : "code",
             tensor.scores
                 ? ""
                 : str(std::setprecision(9), tensor.shift < 0 ? " - " : " + ", std::abs(tensor.shift)));
}

const char* output_type(const IntegerTensor& out) {
  if (!out.scores) return "uint8_t";
  return out.score_bits == 16 ? "int16_t" : "int32_t";
}

// What both files open with: meaning of input and output, sizes.
std::string opening(const IntegerGraph& graph, const MemoryReport& report, const std::string& file,
                    const std::string& name) {
  const IntegerTensor &in = graph.input(), &out = graph.output();
  std::ostringstream text;
  text << "/* " << file << ": generated by nibble from " << c_plain(name) << ". Do not edit.\n"
       << " *   in   " << c_plain(in.name);
  if (in.tokens) {
    text << ", one token 0 ... " << in.top << " a step\n";
  } else {
    text << ' ' << in.shape << " uint8, codes 0 ... " << in.top << ", " << meaning(in) << "\n";
  }
  text << " *   out  " << c_plain(out.name) << ' ' << out.shape << ' ' << output_type(out)
       << (out.scores ? in.tokens ? ", the largest is the next token, " : ", the largest is the class, "
                      : ", ")
       << meaning(out) << "\n"
       << " *   flash " << report.flash_bytes() << " bytes of tables (weights " << report.weight_bytes
       << ", other " << report.table_bytes << "), RAM " << report.arena_bytes << " bytes (arena)";
  if (in.tokens) text << " and " << report.state_bytes << " (state)";
  text << ", " << report.macs << " multiply-accumulates" << (in.tokens ? " a step" : "") << " */\n";
  return text.str();
}

// ---- the interface, and the function behind it

std::string image_interface(const IntegerGraph& graph) {
  return str("#define MODEL_INPUTS ", graph.input().shape.count(), "\n#define MODEL_OUTPUTS ",
             graph.output().shape.count(), "\n\ntypedef ", output_type(graph.output()),
             " model_output_t;\n\n"
             "/* input: MODEL_INPUTS codes, output: MODEL_OUTPUTS; they may not overlap. Not reentrant: one "
             "arena. */\n"
             "void model_run(const uint8_t *input, model_output_t *output);\n\n"
             "#ifdef MODEL_TRACE\n/* Supplied by the caller: sees each layer's output. */\n"
             "void model_trace(int tensor, const void *data, int32_t bytes);\n#endif\n");
}

std::string text_interface(const IntegerGraph& graph, const MemoryPlan& plan, const Writer& writer) {
  const IntegerTensor& out = graph.output();
  const std::string scale =
      out.scores && out.score_bits == 16
          ? str("/* real = score / 2^MODEL_SCORE_SCALE_BITS */\n#define MODEL_SCORE_SCALE_BITS ",
                -std::ilogb(out.scale), "\n")
          : "";
  return str(
      "/* Tokens are 0 ... MODEL_VOCABULARY - 1. */\n#define MODEL_VOCABULARY ", graph.input().top + 1,
      "\n#define MODEL_OUTPUTS ", out.shape.count(), "\n", scale, "\ntypedef ", output_type(out),
      " model_output_t;\n\n"
      "/* What the model remembers of a text, and memory to work in. Each text that is read has its own, "
      "supplied by\n * the caller. */\ntypedef struct {\n",
      writer.wide_state.str(), writer.codes_state.str(), "  uint8_t arena[", std::max(plan.arena_bytes(), 1L),
      "];\n} model_state_t;\n\n",
      "/* A text begins. */\nvoid model_reset(model_state_t *state);\n"
      "/* Reads one token. output: MODEL_OUTPUTS, of the token behind it. */\n"
      "void model_step(model_state_t *state, int32_t token, model_output_t *output);\n\n"
      "#ifdef MODEL_TRACE\n/* Supplied by the caller: see each layer's output, and before it the inner "
      "values of a recurrent one\n * (nbl_lstm_cell.h, nbl_gru_cell.h). */\n"
      "void model_trace(int tensor, const void *data, int32_t bytes);\n"
      "void model_trace_cell(int tensor, const int16_t *values, int32_t count);\n#endif\n");
}

std::string image_functions(const MemoryPlan& plan, const Writer& writer) {
  const std::string arena =
      plan.arena_bytes() > 0 ? str("static uint8_t arena[", plan.arena_bytes(), "];\n\n") : "";
  return str(arena, "void model_run(const uint8_t *input, model_output_t *output) {\n", writer.calls.str(),
             "}\n");
}

std::string text_functions(const Writer& writer) {
  const auto unused = [](const std::string& body) {
    return body.find("state->") == std::string::npos ? "  (void)state;\n" : "";
  };
  return str("void model_reset(model_state_t *state) {\n", writer.reset.str(), unused(writer.reset.str()),
             "}\n\nvoid model_step(model_state_t *state, int32_t token, model_output_t *output) {\n",
             unused(writer.calls.str()), writer.calls.str(), "}\n");
}

// In a traced build cells leave their inner values where the trace finds them.
std::string trace_macros(const Writer& writer) {
  const std::string cell = writer.taps == 0
                               ? ""
                               : str("static int16_t taps[", writer.taps,
                                     "];\n#define NBL_TAPS taps\n#define NBL_TRACE_CELL(tensor, count) "
                                     "model_trace_cell(tensor, taps, count)\n");
  const std::string no_cell =
      writer.taps == 0 ? "" : "#define NBL_TAPS 0\n#define NBL_TRACE_CELL(tensor, count) ((void)0)\n";
  return str("#ifdef MODEL_TRACE\n#define NBL_TRACE(tensor, data, bytes) model_trace(tensor, data, bytes)\n",
             cell, "#else\n#define NBL_TRACE(tensor, data, bytes) ((void)0)\n", no_cell, "#endif\n\n");
}

}  // namespace

EmittedModel emit_model(const IntegerGraph& graph, const MemoryPlan& plan, const std::string& name) {
  Writer writer{.graph = graph,
                .plan = plan,
                .tables = {},
                .calls = {},
                .wide_state = {},
                .codes_state = {},
                .reset = {},
                .kernels = {},
                .id = {}};
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) writer.write(graph.nodes[n], n);
  const MemoryReport report = memory_report(graph, plan);
  const bool text = graph.reads_text();
  const std::string header = str(
      opening(graph, report, "model.h", name), "#ifndef MODEL_H\n#define MODEL_H\n\n#include <stdint.h>\n\n",
      text ? text_interface(graph, plan, writer) : image_interface(graph), "\n#endif\n");
  const std::string source =
      str(opening(graph, report, "model.c", name), "#include \"model.h\"\n\n#include \"nbl_kernels.h\"\n\n",
          trace_macros(writer), writer.tables.str(),
          text ? text_functions(writer) : image_functions(plan, writer));
  return {header, source, {writer.kernels.begin(), writer.kernels.end()}};
}

}  // namespace nibble::edge
