#include "layers/network/round_weights.h"

#include <map>

#include "core/kernels/matrix/matmul.h"
#include "quant/compensated_rounding.h"

namespace nibble {
namespace {

// Σ x xᵀ of the rows that were seen, [K, K]. How many they were makes no difference to the codes.
struct Moments {
  Array<double> sum;

  // rows: [N, K]
  void add(const Tensor& rows) {
    const Tensor products = kernels::matmul_tn(rows, rows);
    if (sum.empty()) sum = Array<double>(products.shape());
    for (long i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(products[i]);
  }
};

// Borders count as zero, which their code is nearest to.
Moments moments_of_patches(const Conv2d& conv, const Tensor& x) {
  Moments moments;
  for (long n = 0; n < x.shape()[0]; ++n)
    moments.add(kernels::plain::image_patches(x, n, conv.weight.shape(), conv.geometry()));
  return moments;
}

Moments moments_of_rows(const Tensor& x) {
  Moments moments;
  moments.add(x);
  return moments;
}

// Codes and values as the layer will compute them from now on.
void round(const std::string& name, const Quantizer& quantizer, Var& weight, const Moments& moments) {
  const auto grid = plain_grid(quantizer, weight.shape());
  check(grid.has_value(), name,
        ": quant.weight_rounding = compensated found a method whose weights are no plain grid, expected "
        "learned_scale_shift, lsq or lsq_plus");
  weight.mutable_value() = compensated_rounding(weight.value(), grid->scale.value(), grid->grid, moments.sum);
}

}  // namespace

void round_weights(Network& network, const Tensor& sample, long sequences) {
  std::map<std::string, std::vector<Moments>> moments;  // by node, in the order of weights()
  std::map<std::string, std::vector<const NetworkNode*>> readers;
  for (const NetworkNode& node : network.nodes()) {
    for (const NodeRef input : node.inputs) readers[network.node(input).name].push_back(&node);
  }
  const auto read_by = [&](const NetworkNode& node, const Tensor& x) {
    if (std::holds_alternative<Linear>(node.layer)) moments[node.name].push_back(moments_of_rows(x));
    if (std::holds_alternative<Recurrent>(node.layer)) moments[node.name].push_back(moments_of_rows(x));
    if (const auto* conv = std::get_if<Conv2d>(&node.layer); conv != nullptr && conv->options.groups == 1)
      moments[node.name].push_back(moments_of_patches(*conv, x));
  };
  const NoGradient evaluation;
  Pass pass;
  pass.sequences = sequences;
  network.forward_outputs(sample, pass, [&](const NetworkNode& node, const Signal& output) {
    // What a recurrent layer multiplies by its second weight is its own output, one step later.
    if (std::holds_alternative<Recurrent>(node.layer))
      moments[node.name].push_back(moments_of_rows(output.value.value()));
    for (const NetworkNode* const reader : readers[node.name]) read_by(*reader, output.value.value());
  });
  for (NetworkNode& node : network.nodes()) {
    if (const auto* linear = std::get_if<Linear>(&node.layer)) {
      check(!linear->tied, node.name,
            ": quant.weight_rounding = compensated found a weight tied to an embedding, expected one of its "
            "own");
    }
    std::size_t i = 0;
    for (const Weights& found : weights(node.layer)) {
      if (i == moments[node.name].size()) break;
      if (*found.quantizer) {
        Var weight = found.weight;  // shares the value
        round(node.name, **found.quantizer, weight, moments[node.name][i]);
      }
      ++i;
    }
  }
}

}  // namespace nibble
