#pragma once

#include <map>
#include <string>

#include "core/array.h"

namespace nibble {

// safetensors: 8 bytes little-endian length of a JSON header, the header  name → {dtype, shape, data_offsets}
// with an optional "__metadata__" of texts, then the values: row-major, little-endian, without gaps. It is
// how weights come from PyTorch without executing anything.

struct Safetensors {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads F32, F64, F16, BF16 and I64 (the counters that PyTorch keeps beside batch norms) as Real. Nothing in
/// the file is trusted: header of at most 100 MB, one entry a name, each extent inside the file and equal to
/// shape · element size, no gap and no overlap. Throws Error naming file, tensor and what was found.
Safetensors read_safetensors(const std::string& path);

/// Writes F32, atomically, tensors in order of their names.
void write_safetensors(const std::string& path, const Safetensors& content);

}  // namespace nibble
