#include "edge/graph/integer_graph.h"

#include "core/check.h"

namespace nibble::edge {

const IntegerTensor& IntegerGraph::output() const {
  check(outputs.size() == 1, "graph '", name, "': found ", outputs.size(), " outputs, expected one");
  return tensor(outputs.front());
}

}  // namespace nibble::edge
