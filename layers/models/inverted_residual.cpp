#include "layers/models/inverted_residual.h"

namespace nibble::models {

NodeRef conv_norm_activation(Network& net, const std::string& name, NodeRef x, const Conv2dOptions& conv,
                             const ActivationOptions& activation) {
  x = net.add(name + "/0", conv, {x});
  x = net.add(name + "/1", BatchNormOptions{}, {x});
  return net.add(name + "/2", activation, {x});
}

NodeRef expand_and_filter(Network& net, NodeRef x, int expansion, int kernel, int stride,
                          const ActivationOptions& activation,
                          const std::function<std::string()>& next_name) {
  const int channels = static_cast<int>(net.shape(x).back()) * expansion;
  if (expansion != 1) x = conv_norm_activation(net, next_name(), x, pointwise(channels), activation);
  return conv_norm_activation(net, next_name(), x, depthwise(channels, kernel, stride), activation);
}

NodeRef with_residual(Network& net, const std::string& name, NodeRef y, NodeRef x, int stride) {
  return stride == 1 && net.shape(y) == net.shape(x) ? net.add(name, AddOptions{}, {y, x}) : y;
}

void classify(Network& net, const std::string& name, NodeRef x, const Head& head,
              const ActivationOptions& activation) {
  x = conv_norm_activation(net, name, x, pointwise(head.channels), activation);
  x = net.add("pool", GlobalPoolOptions{}, {x});
  x = net.add("classifier/0", DropoutOptions{.rate = 0.2}, {x});
  net.add("classifier/1", LinearOptions{.out_features = head.classes}, {x});
}

}  // namespace nibble::models
