#include "experiments/training/import_darknet.h"

#include "core/check.h"
#include "experiments/training/checkpoint.h"
#include "interchange/darknet_weights.h"
#include "layers/darknet/file_order.h"

namespace nibble {

void import_darknet(Network& network, const std::string& path) {
  const std::vector<darknet::StoredTensor> order = darknet::file_order(network);
  const DarknetWeights weights = read_darknet_weights(path);
  long expected = 0;
  for (const darknet::StoredTensor& stored : order) expected += stored.shape.count();
  const long found = static_cast<long>(weights.numbers.size());
  check(found == expected, path, ": found ", found, " numbers, expected ", expected, " for this network: ",
        found < expected ? str(expected - found, " are missing") : str(found - expected, " are left"),
        "; the weights are of another cfg, or the file was cut short");
  std::map<std::string, Tensor> values;
  const float* at = weights.numbers.data();
  for (const darknet::StoredTensor& stored : order) {
    values[stored.path] = darknet::from_file(at, stored);
    at += stored.shape.count();
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
