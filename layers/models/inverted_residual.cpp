#include "layers/models/inverted_residual.h"

namespace nibble::models {

NodeRef conv_norm_activation(Network& net, const std::string& name, NodeRef x, const Conv2dOptions& conv,
                             const ActivationOptions& activation) {
  x = net.add(name + "/0", conv, {x});
  x = net.add(name + "/1", BatchNormOptions{}, {x});
  return net.add(name + "/2", activation, {x});
}

}  // namespace nibble::models
