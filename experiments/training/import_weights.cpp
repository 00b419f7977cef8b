#include "experiments/training/import_weights.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/check.h"
#include "core/files/file_kind.h"
#include "experiments/training/checkpoint.h"
#include "interchange/safetensors.h"

namespace nibble {
namespace {

constexpr std::string_view kDataParallel = "module.";
constexpr std::string_view kBatchCounter = "num_batches_tracked";

// PyTorch's axes [N, C, H, W] → ours [N, H, W, C]. Flattened images are the same with their extents put back.
Tensor channels_last(const Tensor& from, const Shape& nchw) {
  const long n = nchw[0], c = nchw[1], pixels = nchw[2] * nchw[3];
  Tensor to = Tensor::uninitialized({n, nchw[2], nchw[3], c});
  for (long i = 0; i < n; ++i) {
    for (long k = 0; k < c; ++k) {
      for (long p = 0; p < pixels; ++p) to[(i * pixels + p) * c + k] = from[(i * c + k) * pixels + p];
    }
  }
  return to;
}

// The image [H, W, C] that a node's input was flattened from, if so, through layers that keep each value in
// its place.
std::optional<Shape> flattened_image(const Network& network, const NetworkNode& node) {
  const NetworkNode* at = &network.node(node.inputs[0]);
  while (std::holds_alternative<Activation>(at->layer) || std::holds_alternative<Dropout>(at->layer) ||
         std::holds_alternative<ActivationQuantizer>(at->layer)) {
    at = &network.node(at->inputs[0]);
  }
  if (!std::holds_alternative<Flatten>(at->layer)) return std::nullopt;
  const Shape& image = network.shape(at->inputs[0]);
  return image.rank() == 3 ? std::optional(image) : std::nullopt;
}

// How one parameter stands in a PyTorch file.
struct Counterpart {
  std::string name;           // "layer1.0.conv1.weight"
  Shape shape;                // as PyTorch has it
  std::optional<Shape> nchw;  // the shape under which its axes are to be reordered
};

Counterpart counterpart(const Network& network, const std::string& path, const Shape& shape) {
  Counterpart theirs{path, shape, std::nullopt};
  std::replace(theirs.name.begin(), theirs.name.end(), '/', '.');
  if (shape.rank() == 4) {
    theirs.nchw = theirs.shape = Shape{shape[0], shape[3], shape[1], shape[2]};
  } else if (shape.rank() == 2) {
    const std::string node_name = path.substr(0, path.rfind('/'));
    for (const NetworkNode& node : network.nodes()) {
      if (node.name != node_name) continue;
      if (const auto image = flattened_image(network, node)) {
        theirs.nchw = Shape{shape[0], (*image)[2], (*image)[0], (*image)[1]};
      }
    }
  }
  return theirs;
}

// Names without "module." and the counters beside batch norms.
std::map<std::string, Tensor> read_pytorch(const std::string& path) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [stored_name, values] : read_safetensors(path).tensors) {
    if (stored_name.ends_with(kBatchCounter)) continue;
    const std::string name =
        stored_name.starts_with(kDataParallel) ? stored_name.substr(kDataParallel.size()) : stored_name;
    check(tensors.emplace(name, values).second, path, ": found both '", name, "' and '", kDataParallel, name,
          "', expected one of them");
  }
  return tensors;
}

}  // namespace

void import_safetensors(Network& network, const std::string& path) {
  std::map<std::string, Tensor> surplus = read_pytorch(path), values;
  Mismatches mismatches;
  network.parameters([&](const std::string& ours, ParameterKind kind, Var& value) {
    check(kind != ParameterKind::quantizer, path, ": cannot be loaded into a network that has quantizers ('",
          ours, "'); weights are imported before quantization");
    const Counterpart theirs = counterpart(network, ours, value.shape());
    const auto found = surplus.find(theirs.name);
    if (found == surplus.end()) {
      mismatches.add(str("'", theirs.name, "' ", theirs.shape, " is missing"));
      return;
    }
    const Tensor& tensor = found->second;
    if (tensor.shape() != theirs.shape) {
      mismatches.add(str("'", theirs.name, "' has shape ", tensor.shape(), ", expected ", theirs.shape));
    } else {
      values[ours] = theirs.nchw ? channels_last(tensor, *theirs.nchw).reshaped(value.shape()) : tensor;
    }
    surplus.erase(found);
  });
  for (const auto& [name, tensor] : surplus) {
    mismatches.add(str("'", name, "' ", tensor.shape(), " is not in the network"));
  }
  mismatches.check_none(path);
  restore(network, values, path);
}

void start_from(Network& network, const std::string& path, const std::vector<std::string>& words) {
  const FileKind kind = file_kind(path);
  if (kind == FileKind::safetensors) {
    import_safetensors(network, path);
    return;
  }
  const bool run = kind == FileKind::directory;
  check(run || kind == FileKind::sealed, path, ": found ", describe_file(path),
        ", expected weights: a safetensors file, a checkpoint, or the directory of a run");
  const std::string file = run ? path + "/checkpoint/last.h5" : path;
  Checkpoint checkpoint = load(file);
  check_vocabulary(checkpoint, words, file);
  for (const auto& [name, values] : checkpoint.average) checkpoint.parameters[name] = values;
  restore(network, checkpoint.parameters, file);
}

}  // namespace nibble
