#pragma once

#include <string>

#include "layers/network/network.h"

namespace nibble {

/// How a node was computed in the last walk, or is planned to be, for people: "int8 products, 16-bit sums",
/// "chain of 3 in registers", "with layer1/0/bn1, codes". Empty for the input.
std::string runs_as(const Network& network, const Plan& plan, std::size_t node);

}  // namespace nibble
