#include "layers/network/freeze.h"

#include "core/check.h"
#include "core/suggest.h"
#include "layers/network/quantize_plan.h"

namespace nibble {
namespace {

template <typename Visit>
void for_each_parameter(Layer& layer, const Visit& visit) {
  const ParameterFn each = [&](const std::string&, ParameterKind, Var& value) { visit(value); };
  std::visit(overloaded{[](InputLayer&) {}, [&](auto& other) { other.parameters(each); }}, layer);
}

bool has_parameters(Layer& layer) {
  bool found = false;
  for_each_parameter(layer, [&](Var&) { found = true; });
  return found;
}

}  // namespace

void freeze(Network& network, const std::string& patterns) {
  std::vector<std::string> names;
  bool matched = false;
  for (NetworkNode& node : network.nodes()) {
    if (!has_parameters(node.layer)) continue;
    names.push_back(node.name);
    if (!matches_any(patterns, node.name)) continue;
    matched = true;
    for_each_parameter(node.layer, [](Var& value) { value.stop_learning(); });
    if (auto* const norm = std::get_if<BatchNorm>(&node.layer)) norm->frozen = true;
  }
  check(matched, "model.freeze: found '", patterns,
        "', which matches no layer with parameters, expected one of ", join(names));
}

void keep_norm_statistics(Network& network) {
  for (NetworkNode& node : network.nodes()) {
    if (auto* const norm = std::get_if<BatchNorm>(&node.layer)) norm->frozen = true;
  }
}

}  // namespace nibble
