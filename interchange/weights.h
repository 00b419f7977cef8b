#pragma once

#include <map>
#include <string>

#include "core/array.h"

namespace nibble {

/// Whether a file holds weights of another tool that are read here: safetensors, or what torch.save wrote.
bool is_weights_file(const std::string& path);

/// Its tensors by name, as Real. Throws Error as the reader of its format does.
std::map<std::string, Tensor> read_weights(const std::string& path);

}  // namespace nibble
