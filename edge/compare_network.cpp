#include "edge/compare_network.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <map>

#include "core/check.h"
#include "edge/integer_value.h"
#include "edge/reference.h"
#include "edge/verify.h"

namespace nibble::edge {

namespace {

// Codes of values that lie on the grid already.
Array<std::uint8_t> codes_of(const Tensor& values, const AffineGrid& grid) {
  auto codes = Array<std::uint8_t>::uninitialized(values.shape());
  for (long i = 0; i < values.size(); ++i)
    codes[i] = static_cast<std::uint8_t>(grid.code(values[i]) - grid.grid.lo);
  return codes;
}

LayerAgreement agreement(const std::string& layer, const Array<std::uint8_t>& a,
                         const Array<std::uint8_t>& b) {
  LayerAgreement result{layer, a.size(), 0, 0};
  for (long i = 0; i < a.size(); ++i) {
    const int step = std::abs(a.data()[i] - b.data()[i]);
    result.differing += step != 0;
    result.largest_step = std::max(result.largest_step, step);
  }
  return result;
}

}  // namespace

std::vector<LayerAgreement> compare_with_network(Network& network, const IntegerGraph& graph,
                                                 const Tensor& x) {
  // A tensor carries the name of the network node whose output it is.
  std::map<std::string, Array<std::uint8_t>> codes;
  for (const IntegerTensor& tensor : graph.tensors) codes[tensor.name] = {};
  const NoGradient evaluation;
  Pass real_numbers;  // the device's arithmetic against training's in float, not against its own products of
                      // codes
  real_numbers.plain = true;
  network.forward(x, real_numbers, [&](const NetworkNode& node, const Signal& output) {
    const auto wanted = codes.find(node.name);
    if (wanted != codes.end() && output.grid)
      wanted->second = codes_of(output.value.value(), output.grid->affine());
  });

  const auto of_tensor = [&](int tensor) {
    const IntegerTensor& t = graph.tensors[static_cast<std::size_t>(tensor)];
    const Array<std::uint8_t>& found = codes.at(t.name);
    check(!found.empty(), "compare_with_network: found no codes of '", t.name,
          "', expected the network that was lowered");
    return found;
  };
  std::vector<LayerAgreement> layers;
  for (const IntegerNode& node : graph.nodes) {
    if (graph.tensors[static_cast<std::size_t>(node.output)].scores) continue;
    std::vector<IntegerValue> inputs;
    for (const int input : node.inputs) inputs.push_back({.codes = of_tensor(input)});
    layers.push_back(
        agreement(name(graph, node), run_node(graph, node, inputs).codes, of_tensor(node.output)));
  }
  return layers;
}

void accumulate(std::vector<LayerAgreement>& total, const std::vector<LayerAgreement>& more) {
  if (total.empty()) {
    total = more;
    return;
  }
  assert(total.size() == more.size());
  for (std::size_t i = 0; i < total.size(); ++i) {
    total[i].codes += more[i].codes;
    total[i].differing += more[i].differing;
    total[i].largest_step = std::max(total[i].largest_step, more[i].largest_step);
  }
}

}  // namespace nibble::edge
