#include "layers/darknet/file_order.h"

#include <cmath>

#include "core/check.h"

namespace nibble::darknet {
namespace {

class Order {
 public:
  explicit Order(Network& network) : nodes_(network.nodes()) {
    network.parameters([&](const std::string& path, ParameterKind kind, Var& value) {
      check(kind != ParameterKind::quantizer, "darknet: found quantizers ('", path,
            "'), expected a float network: a .weights file has no place for them");
      shapes_[path] = value.shape();
    });
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const NetworkNode& node = nodes_[i];
      if (const auto* conv = std::get_if<Conv2d>(&node.layer)) {
        const NetworkNode* const norm = norm_behind(i);
        add_bias(node, norm, !conv->bias.empty());
        if (norm != nullptr) add_norm(*norm);
        add(node, "weight");
      } else if (const auto* linear = std::get_if<Linear>(&node.layer)) {
        const NetworkNode* const norm = norm_behind(i);
        add_bias(node, norm, !linear->bias.empty());
        add(node, "weight");
        stored_.back().image = flattened_image(node);
        if (norm != nullptr) add_norm(*norm);
      } else if (std::holds_alternative<BatchNorm>(node.layer) && !of_layer(node)) {
        add(node, "bias");
        add_norm(node);
      } else {
        check(!has_weights(node.layer), "darknet: found ", kind(node.layer), " '", node.name,
              "', expected layers that a .weights file can hold");
      }
    }
  }

  std::vector<StoredTensor> take() { return std::move(stored_); }

 private:
  // The norm that belongs to a convolution or a linear layer: the node behind it.
  const NetworkNode* norm_behind(std::size_t i) const {
    if (i + 1 >= nodes_.size()) return nullptr;
    const NetworkNode& next = nodes_[i + 1];
    const bool is =
        std::holds_alternative<BatchNorm>(next.layer) && next.inputs.front().index == static_cast<int>(i);
    return is ? &next : nullptr;
  }
  bool of_layer(const NetworkNode& norm) const {
    const Layer& in_front = nodes_[static_cast<std::size_t>(norm.inputs.front().index)].layer;
    return std::holds_alternative<Conv2d>(in_front) || std::holds_alternative<Linear>(in_front);
  }

  // What a linear layer's input was flattened from, directly in front of it or in front of layers that keep
  // each value in its place.
  Shape flattened_image(const NetworkNode& linear) const {
    const NetworkNode* at = &linear;
    do {
      at = &nodes_[static_cast<std::size_t>(at->inputs.front().index)];
    } while (std::holds_alternative<Activation>(at->layer) || std::holds_alternative<Dropout>(at->layer));
    if (!std::holds_alternative<Flatten>(at->layer)) return {};
    return nodes_[static_cast<std::size_t>(at->inputs.front().index)].shape;
  }

  void add_bias(const NetworkNode& node, const NetworkNode* norm, bool has_bias) {
    check(has_bias != (norm != nullptr), "darknet: found ", kind(node.layer), " '", node.name, "' with ",
          has_bias ? "a bias and a norm" : "neither bias nor norm", ", expected one of both");
    add(norm != nullptr ? *norm : node, "bias");
  }
  void add_norm(const NetworkNode& norm) {
    add(norm, "weight");
    add(norm, "running_mean");
    add(norm, "running_var");
    stored_.back().variance = true;
    stored_.back().epsilon = std::get<BatchNorm>(norm.layer).options.epsilon;
  }
  void add(const NetworkNode& node, const char* parameter) {
    const std::string path = node.name + "/" + parameter;
    stored_.push_back({path, shapes_.at(path)});
  }

  const std::vector<NetworkNode>& nodes_;
  std::map<std::string, Shape> shapes_;
  std::vector<StoredTensor> stored_;
};

bool is_pjreddie(const StoredTensor& stored) {
  return stored.variance && stored.epsilon == epsilon_of(NormForm::pjreddie);
}

// Calls visit(theirs, ours) for each element.
template <typename Visit>
void for_each_place(const StoredTensor& stored, const Visit& visit) {
  const Shape& shape = stored.shape;
  const bool conv = shape.rank() == 4, image = stored.image.rank() == 3;
  if (!conv && !image) {
    for (long i = 0; i < shape.count(); ++i) visit(i, i);
    return;
  }
  const long pixels = conv ? shape[1] * shape[2] : stored.image[0] * stored.image[1];
  const long depth = conv ? shape[3] : stored.image[2];
  long theirs = 0;
  for (long o = 0; o < shape[0]; ++o) {
    for (long i = 0; i < depth; ++i) {
      for (long p = 0; p < pixels; ++p) visit(theirs++, (o * pixels + p) * depth + i);
    }
  }
}

}  // namespace

std::vector<StoredTensor> file_order(Network& network) { return Order(network).take(); }

std::vector<float> to_file(const Tensor& values, const StoredTensor& stored) {
  std::vector<float> numbers(static_cast<std::size_t>(values.size()));
  for_each_place(stored, [&](long theirs, long ours) {
    double value = static_cast<double>(values[ours]);
    if (is_pjreddie(stored)) value = std::pow(std::sqrt(value + stored.epsilon) - 1e-6, 2);
    numbers[static_cast<std::size_t>(theirs)] = static_cast<float>(value);
  });
  return numbers;
}

Tensor from_file(const float* numbers, const StoredTensor& stored) {
  Tensor values = Tensor::uninitialized(stored.shape);
  for_each_place(stored, [&](long theirs, long ours) {
    double value = static_cast<double>(numbers[theirs]);
    if (is_pjreddie(stored)) value += 2e-6 * std::sqrt(std::max(value, 0.0));
    values[ours] = static_cast<Real>(value);
  });
  return values;
}

}  // namespace nibble::darknet
