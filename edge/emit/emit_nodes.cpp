#include "edge/emit/emit_nodes.h"

#include <algorithm>
#include <sstream>

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/memory_report.h"
#include "edge/emit/pack.h"
#include "edge/graph/text.h"
#include "edge/graph/verify.h"

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

}  // namespace

EmittedNodes emit_nodes(const IntegerGraph& graph, const MemoryPlan& plan) {
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
  return {.tables = writer.tables.str(),
          .calls = writer.calls.str(),
          .wide_state = writer.wide_state.str(),
          .codes_state = writer.codes_state.str(),
          .reset = writer.reset.str(),
          .kernels = std::move(writer.kernels),
          .taps = writer.taps};
}

}  // namespace nibble::edge
