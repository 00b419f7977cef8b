#include "experiments/training/import_darknet.h"

#include "core/check.h"
#include "experiments/training/checkpoint.h"
#include "interchange/darknet_weights.h"
#include "layers/darknet/file_order.h"

namespace nibble {

namespace {

using darknet::StoredTensor;

long numbers_in(const std::vector<StoredTensor>& tensors) {
  long numbers = 0;
  for (const StoredTensor& stored : tensors) numbers += stored.shape.count();
  return numbers;
}

void check_count(const std::string& path, long found, long expected) {
  check(found == expected, path, ": found ", found, " numbers, expected ", expected, " for this network: ",
        found < expected ? str(expected - found, " are missing") : str(found - expected, " are left"),
        "; the weights are of another cfg, or the file was cut short");
}

}  // namespace

void import_darknet(Network& network, const std::string& path,
                    const std::function<bool(const std::string& parameter)>& except) {
  std::vector<StoredTensor> order = darknet::file_order(network), kept;
  for (const StoredTensor& stored : order) {
    if (except && except(stored.path)) kept.push_back(stored);
  }
  const DarknetWeights weights = read_darknet_weights(path);
  const long found = static_cast<long>(weights.numbers.size()), ours = numbers_in(kept);
  const long theirs = found - (numbers_in(order) - ours);  // what the file has for the layers that are kept
  if (kept.empty()) check_count(path, found, numbers_in(order));
  for (const StoredTensor& stored : kept)
    check(theirs >= 0 && stored.shape[0] * theirs % ours == 0, path, ": found ", found, " numbers, expected ",
          found - theirs, " of the layers that are loaded and, for those of model.start_from_except, ", ours,
          " times what the number of classes makes of it; the weights are of another cfg");
  std::map<std::string, Tensor> values = capture(network);
  const float* at = weights.numbers.data();
  for (const StoredTensor& stored : order) {
    if (except && except(stored.path)) {
      at += stored.shape.row() * (stored.shape[0] * theirs / ours);
    } else {
      values[stored.path] = darknet::from_file(at, stored);
      at += stored.shape.count();
    }
  }
  restore(network, values, path);
}

void export_darknet(Network& network, const std::string& path) {
  std::map<std::string, Tensor> values = capture(network);
  DarknetWeights weights;
  for (const darknet::StoredTensor& stored : darknet::file_order(network)) {
    const std::vector<float> numbers = darknet::to_file(values.at(stored.path), stored);
    weights.numbers.insert(weights.numbers.end(), numbers.begin(), numbers.end());
  }
  write_darknet_weights(path, weights);
}

}  // namespace nibble
