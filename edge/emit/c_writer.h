#pragma once

#include <sstream>
#include <string>

#include "edge/graph/node_view.h"
#include "edge/graph/plan_memory.h"

namespace nibble::edge {

/// A struct initializer in C: lines of "value, /* field */" in the order of the struct, which C++ reads too.
class Initializer {
 public:
  Initializer(const std::string& type, const std::string& name) {
    text_ << "static const " << type << ' ' << name << " = {\n";
  }
  template <typename Value>
  Initializer& field(const char* name, const Value& value) {
    text_ << "    " << value << ", /* " << name << " */\n";
    return *this;
  }
  Initializer& size(const char* first, const char* second, Size2 value) {
    return field(first, value.h).field(second, value.w);
  }
  std::string str() const { return text_.str() + "};\n"; }

 private:
  std::ostringstream text_;
};

/// What an op writes of one node (OpRule::emit): tables and structs, a call, and what it carries from step to
/// step of a text.
class CWriter {
 public:
  CWriter(const IntegerGraph& graph, const MemoryPlan& plan, const IntegerNode& node, std::string id);

  const NodeView view;
  const std::string id;  // unique prefix of the node's names in C

  std::ostringstream tables, calls;
  std::ostringstream wide_state, codes_state, reset;  // members of the state, statements
  long taps = 0;                                      // inner values of a recurrent node

  const IntegerTensor& in() const { return view.in(); }
  const IntegerTensor& out() const { return view.out(); }

  /// C expressions: where input i and the output lie, and scratch of plan.scratch_bytes behind them.
  std::string x(std::size_t i = 0) const { return pointer(view.node.inputs[i]); }
  std::string y() const { return pointer(view.node.output); }
  std::string scratch() const;

  /// Writes the call of the node's kernel, the one that its rule names.
  template <typename... Arguments>
  void call(const Arguments&... arguments) {
    const char* comma = "";
    calls << "  " << kernel() << '(';
    ((calls << comma << arguments, comma = ", "), ...);
    calls << ");\n";
  }

  /// Table ID OF_weights: two codes a byte or one.
  void weights(const std::vector<std::int8_t>& codes, long rows, int bits, const char* of = "");

  /// Tables of a requantization; returns the initializer that points to them.
  std::string requantization(const Requantization& r);

  /// A struct ID that opens with the input's height, width, channels; with the output's height and width
  /// behind them (1 where the output has dropped its axes of one).
  Initializer image(const std::string& type) const;
  Initializer windows(const std::string& type) const;

 private:
  std::string kernel() const;
  std::string pointer(int tensor) const;

  const MemoryPlan& plan_;
};

}  // namespace nibble::edge
