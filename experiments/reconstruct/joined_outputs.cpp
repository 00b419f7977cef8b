#include "experiments/reconstruct/joined_outputs.h"

#include <algorithm>

#include "autograd/ops/shape.h"

namespace nibble {

Var joined_outputs(Network& network, const Tensor& x, const Pass& pass) {
  std::vector<Var> outputs = network.forward_outputs(x, pass);
  if (outputs.size() == 1) return outputs.front();
  const long rows = x.shape()[0];
  for (Var& output : outputs) output = reshape(output, {rows, output.shape().row()});
  const Shape shape = joined_shape(network);
  const Var all = concat(outputs);
  return shape.rank() == 1 ? all : reshape(all, {rows, shape[0], shape[1]});
}

Shape joined_shape(const Network& network) {
  const std::vector<NodeRef> outputs = network.outputs();
  if (outputs.size() == 1) return network.shape(outputs.front());
  const long channels = network.shape(outputs.front()).back();
  long values = 0;
  bool alike = true;
  for (const NodeRef output : outputs) {
    values += network.shape(output).count();
    alike = alike && network.shape(output).back() == channels;
  }
  return alike ? Shape{values / channels, channels} : Shape{values};
}

}  // namespace nibble
