#pragma once

#include <functional>
#include <string>

#include "layers/network/network.h"

namespace nibble {

/// Loads a .weights file of darknet into a network that has no quantizers yet, in the order of its layers.
/// Throws Error that says how many numbers are missing or left over; the network is untouched then.
///   except: whether a parameter, "29/conv/weight", keeps its value. The file may have another number of
///   outputs for such layers, by one factor for all of them, as heads for other classes have. Layers behind
///   them that are loaded have to read as many inputs as in the file.
void import_darknet(Network& network, const std::string& path,
                    const std::function<bool(const std::string& parameter)>& except = nullptr);

/// Writes the float network as such a file.
void export_darknet(Network& network, const std::string& path);

}  // namespace nibble
