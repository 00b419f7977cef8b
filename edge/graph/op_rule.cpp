#include "edge/graph/op_rule.h"

namespace nibble::edge {

const OpTraits& traits(const IntegerOp& op) {
  return std::visit([](const auto& alternative) -> const OpTraits& { return alternative.rule.traits; }, op);
}

}  // namespace nibble::edge
