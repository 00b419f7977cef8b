#include "edge/emit/c_writer.h"

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/pack.h"
#include "edge/graph/op_rule.h"

namespace nibble::edge {

CWriter::CWriter(const IntegerGraph& graph, const MemoryPlan& plan, const IntegerNode& node,
                 std::string prefix)
    : view("emit_c", graph, node), id(std::move(prefix)), plan_(plan) {}

std::string CWriter::kernel() const {
  return ask(view.node.op, [&](const auto& op, const auto& rule) { return rule.kernel(op, view); });
}

std::string CWriter::scratch() const { return str("arena + ", plan_.activation_bytes); }

std::string CWriter::pointer(int tensor) const {
  const TensorPlace& place = plan_.tensors[static_cast<std::size_t>(tensor)];
  switch (place.place) {
    case Place::input:
      return "input";
    case Place::output:
      return view.graph.outputs.size() == 1 ? "output" : str("outputs->output_", place.output);
    case Place::arena:
      break;
  }
  return str("arena + ", place.offset);
}

void CWriter::weights(const std::vector<std::int8_t>& codes, long rows, int bits, const char* of) {
  const std::string table = id + of + "_weights";
  if (bits == 4) {
    tables << c_table("uint8_t", table, pack_nibbles(codes, rows));
  } else {
    tables << c_table("int8_t", table, codes);
  }
}

std::string CWriter::requantization(const Requantization& r) {
  tables << c_table("int32_t", id + "_mult", r.mult) << c_table("int64_t", id + "_offset", r.offset);
  if (!r.mult2.empty()) {
    tables << c_table("int32_t", id + "_mult2", r.mult2) << c_table("int64_t", id + "_offset2", r.offset2);
  }
  const std::string second = r.mult2.empty() ? "0, 0" : str(id, "_mult2, ", id, "_offset2");
  return str("{", id, "_mult, ", id, "_offset, ", second, ", ", r.mult.size() > 1 ? 1 : 0, ", ", r.shift,
             ", ", r.lo, ", ", r.hi, "}");
}

Initializer CWriter::image(const std::string& type) const {
  const Shape& x = in().shape;
  Initializer init(type, id);
  init.field("height", x[0]).field("width", x[1]).field("channels", x[2]);
  return init;
}

Initializer CWriter::windows(const std::string& type) const {
  const Shape& y = out().shape;
  const bool flat = y.rank() == 1;
  Initializer init = image(type);
  init.field("out_height", flat ? 1 : y[0]).field("out_width", flat ? 1 : y[1]);
  return init;
}

}  // namespace nibble::edge
