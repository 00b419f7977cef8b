#include "layers/models/models.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "layers/models/families.h"

namespace nibble {
namespace {

using Builder = std::function<Network(const ModelOptions&, const Shape& sample, int classes, Rng)>;

Builder resnet_of_depth(int depth) {
  return [depth](const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
    return models::resnet_cifar(depth, options, sample, classes, rng);
  };
}

// A new model is a line here and a builder in its own file.
struct Entry {
  ModelKind kind;
  Builder build;
};

const std::vector<Entry>& table() {
  static const std::vector<Entry> entries{
      {{"mlp", "two hidden linear layers"}, models::mlp},
      {{"resnet20", "CIFAR ResNet with 3 blocks a stage, 0.27 M parameters"}, resnet_of_depth(20)},
      {{"resnet32", "CIFAR ResNet with 5 blocks a stage, 0.46 M parameters"}, resnet_of_depth(32)},
      {{"resnet44", "CIFAR ResNet with 7 blocks a stage, 0.66 M parameters"}, resnet_of_depth(44)},
      {{"resnet56", "CIFAR ResNet with 9 blocks a stage, 0.85 M parameters"}, resnet_of_depth(56)},
      {{"vgg_small", "six 3x3 convolutions in three stages and one linear layer"}, models::vgg_small},
  };
  return entries;
}

// Insertions, deletions and replacements that turn one word into the other (Levenshtein 1966), row by row.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

Network build_model(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  check(classes > 1, "model '", options.kind, "': found ", classes, " classes, expected at least 2");
  check(options.width >= 0, "model '", options.kind, "': found width ", options.width,
        ", expected at least 0");
  const auto& entries = table();
  for (const Entry& entry : entries) {
    if (options.kind == entry.kind.kind) return entry.build(options, sample, classes, rng);
  }
  const auto nearest = std::min_element(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    return edit_distance(options.kind, a.kind.kind) < edit_distance(options.kind, b.kind.kind);
  });
  fail("model: unknown kind '", options.kind, "'; did you mean '", nearest->kind.kind, "'?");
}

std::vector<ModelKind> model_kinds() {
  std::vector<ModelKind> kinds;
  for (const Entry& entry : table()) kinds.push_back(entry.kind);
  return kinds;
}

}  // namespace nibble
