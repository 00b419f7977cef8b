#include "experiments/training/import_weights.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/check.h"
#include "core/files/file_kind.h"
#include "core/suggest.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/import_darknet.h"
#include "interchange/weights.h"
#include "layers/network/quantize_plan.h"

namespace nibble {
namespace {

using Tensors = std::map<std::string, Tensor>;

constexpr std::string_view kPrefixes[] = {"module.", "model."};
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

// A linear layer may stand in the file as a convolution of one pixel, [N, C, 1, 1].
Tensor as_matrix(const Tensor& tensor, int rank) {
  const Shape& shape = tensor.shape();
  if (rank != 2 || shape.rank() != 4 || shape[2] != 1 || shape[3] != 1) return tensor;
  return tensor.reshaped({shape[0], shape[1]});
}

std::string without_prefix(std::string_view name) {
  for (const std::string_view prefix : kPrefixes)
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return std::string(name);
}

// Names without prefixes and the counters beside batch norms.
Tensors read_pytorch_names(const std::string& path) {
  Tensors tensors;
  for (const auto& [stored_name, values] : read_weights(path)) {
    if (stored_name.ends_with(kBatchCounter)) continue;
    const std::string name = without_prefix(stored_name);
    check(tensors.emplace(name, values).second, path, ": found '", name,
          "' with and without a prefix such as '", kPrefixes[0], "', expected one of them");
  }
  return tensors;
}

std::string layer_of(const std::string& parameter) {
  const std::size_t end = parameter.rfind('/');
  return end == std::string::npos ? "" : parameter.substr(0, end);
}

// The layers that keep their first weights, and what that leaves out.
class Kept {
 public:
  Kept(Network& network, const std::string& pattern) : pattern_(pattern) {
    if (pattern.empty()) return;
    network.parameters([&](const std::string& path, ParameterKind, Var& value) {
      if (holds(path)) own_.emplace(path, value.value());
    });
    check(!own_.empty(), "model.start_from_except: found '", pattern,
          "', which matches no layer with weights, expected a layer's name such as 'fc' or 'layer4/*'");
  }

  bool holds(const std::string& parameter) const {
    return !pattern_.empty() && matches_any(pattern_, layer_of(parameter));
  }

  // Gives these layers their own values, and notes what the source has for them.
  void keep(Tensors& values) {
    std::erase_if(values, [&](const auto& entry) { return holds(entry.first) && pass_over(entry.first); });
    values.insert(own_.begin(), own_.end());
  }
  bool pass_over(const std::string& name) {
    passed_over_.push_back(name);
    return true;
  }

  std::vector<std::string> notes(const std::string& source) const {
    std::vector<std::string> notes, names;
    for (const auto& [name, values] : own_) names.push_back(name);
    if (!names.empty()) notes.push_back("at their first weights: " + join(names));
    if (!passed_over_.empty()) notes.push_back("passed over in " + source + ": " + join(passed_over_));
    return notes;
  }

 private:
  const std::string pattern_;
  Tensors own_;
  std::vector<std::string> passed_over_;
};

// Without what belongs to quantizers.
Tensors without_quantizers(Tensors parameters) {
  std::erase_if(parameters, [](const auto& entry) { return belongs_to_quantizer(entry.first); });
  return parameters;
}

}  // namespace

std::vector<std::string> import_weights(Network& network, const std::string& path,
                                        const StartOptions& options) {
  Tensors surplus = read_pytorch_names(path), values;
  Kept kept(network, options.except);
  Mismatches mismatches;
  network.parameters([&](const std::string& ours, ParameterKind kind, Var& value) {
    check(kind != ParameterKind::quantizer, path, ": cannot be loaded into a network that has quantizers ('",
          ours, "'); weights are imported before quantization");
    if (kept.holds(ours)) return;
    const Counterpart theirs = counterpart(network, ours, value.shape());
    const auto found = surplus.find(theirs.name);
    if (found == surplus.end()) {
      mismatches.add(str("'", theirs.name, "' ", theirs.shape, " is missing"));
      return;
    }
    const Tensor tensor = as_matrix(found->second, theirs.shape.rank());
    if (tensor.shape() != theirs.shape) {
      mismatches.add(str("'", theirs.name, "' has shape ", tensor.shape(), ", expected ", theirs.shape));
    } else {
      values[ours] = theirs.nchw ? channels_last(tensor, *theirs.nchw).reshaped(value.shape()) : tensor;
    }
    surplus.erase(found);
  });
  for (const auto& [name, tensor] : surplus) {
    std::string ours = name;
    std::replace(ours.begin(), ours.end(), '.', '/');
    if (kept.holds(ours)) {
      kept.pass_over(name);
    } else {
      mismatches.add(str("'", name, "' ", tensor.shape(), " is not in the network"));
    }
  }
  mismatches.check_none(path);
  kept.keep(values);
  restore(network, values, path);
  return kept.notes(path);
}

Start start_from(Network& network, const std::string& path, const StartOptions& options) {
  if (is_weights_file(path)) return {import_weights(network, path, options)};
  const FileKind kind = file_kind(path);
  if (kind == FileKind::darknet) {
    const Kept kept(network, options.except);
    import_darknet(network, path, [&](const std::string& parameter) { return kept.holds(parameter); });
    return {kept.notes(path)};
  }
  const bool run = kind == FileKind::directory;
  check(run || kind == FileKind::sealed, path, ": found ", describe_file(path),
        ", expected weights: a file of PyTorch, safetensors or darknet, a checkpoint, or the directory of a "
        "run");
  const std::string file = run ? path + "/checkpoint/last.h5" : path;
  Checkpoint checkpoint = load(file);
  check_vocabulary(checkpoint, options.words, file);
  for (const auto& [name, values] : checkpoint.average) checkpoint.parameters[name] = values;
  Tensors weights = without_quantizers(checkpoint.parameters);
  const bool quantized = weights.size() < checkpoint.parameters.size();
  Kept kept(network, options.except);
  kept.keep(weights);
  restore(network, weights, file);
  Start start{kept.notes(file)};
  if (quantized) start.quantized = std::move(checkpoint), start.file = file;
  return start;
}

}  // namespace nibble
