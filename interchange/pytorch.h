#pragma once

#include <map>
#include <string>

#include "core/array.h"

namespace nibble {

/// Reads the tensors that torch.save wrote, in either of its formats (a zip archive, or, before PyTorch 1.6,
/// a pickle followed by raw numbers), as Real and by name. The tensors are those of the file's state dict:
/// the dictionary itself, or the one below "state_dict", "model_state_dict", "model" or "net"; what else a
/// training checkpoint holds is passed over.
///
/// Nothing in the file is executed: a pickle may name only the functions by which PyTorch describes its own
/// tensors, and even these are read, not called. Nothing in the file is trusted either. Throws Error, which
/// names the file, for any other name of code, for a file that is damaged or cut short, for a tensor outside
/// of its numbers, and for a file without tensors.
std::map<std::string, Tensor> read_pytorch(const std::string& path);

}  // namespace nibble
