#pragma once

#include <string>

#include "layers/network/network.h"

namespace nibble {

/// Keeps the layers whose names match one of the patterns, parted by commas (* any text, ? one character), as
/// they are: their parameters, scales and shifts among them, want no gradients any more, and norms use their
/// running statistics in training, too, and leave them alone. A weight that is tied to another layer's is
/// kept in both. Throws Error, with the names there are, where the patterns match no layer with parameters.
void freeze(Network& network, const std::string& patterns);

/// Norms use their running statistics in training, too, and leave them alone. Their gains and offsets learn.
void keep_norm_statistics(Network& network);

}  // namespace nibble
