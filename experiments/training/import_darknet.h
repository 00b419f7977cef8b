#pragma once

#include <string>

#include "layers/network/network.h"

namespace nibble {

/// Loads a .weights file of darknet into a network that has no quantizers yet, in the order of its layers.
/// Throws Error that says how many numbers are missing or left over; the network is untouched then.
void import_darknet(Network& network, const std::string& path);

/// Writes the float network as such a file.
void export_darknet(Network& network, const std::string& path);

}  // namespace nibble
