#pragma once

#include "core/random.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble::edge {

/// A network with random weights and learned scales and shifts, which were initialized on `images` pictures
/// of noise.
struct SampleNetwork {
  Network network;
  Tensor images;  // [N, H, W, C]

  SampleNetwork(const ModelOptions& model, const Shape& picture, long count)
      : network(build_model(model, picture, 10, Rng(3))),
        images(Tensor::uninitialized({count, picture[0], picture[1], picture[2]})) {
    QuantPolicy policy;
    policy.method = QuantMethod::learned_scale_shift;
    quantize(network, policy);
    Rng rng(4);
    for (Real& v : images) v = rng.normal();
    initialize_quantizers(network, images);
  }
};

}  // namespace nibble::edge
