#include "interchange/weights.h"

#include "core/files/file_kind.h"
#include "interchange/pytorch.h"
#include "interchange/safetensors.h"

namespace nibble {

bool is_weights_file(const std::string& path) {
  const FileKind kind = file_kind(path);
  return kind == FileKind::safetensors || kind == FileKind::zip || kind == FileKind::pytorch;
}

std::map<std::string, Tensor> read_weights(const std::string& path) {
  return file_kind(path) == FileKind::safetensors ? read_safetensors(path).tensors : read_pytorch(path);
}

}  // namespace nibble
