#pragma once

#include <string>
#include <string_view>

namespace nibble::edge {

/// How a model is called in C.
struct ModelNames {
  std::string lower;  // of files, functions and types: "model" of "model.h", "model_run"
  std::string upper;  // of macros: "MODEL" of "MODEL_INPUTS"
};

/// Whether C and the other files of a package leave this name free: a letter, then letters, digits and
/// underscores; neither "nbl" in front, which is the kernels', nor the name of the selftest or its vectors.
bool is_model_name(const std::string& name);

/// Throws Error for what is no such name.
ModelNames model_names(const std::string& name);

/// A text that speaks of "model.h", model_... and MODEL_..., with the names of this model instead.
std::string with_names(std::string_view text, const ModelNames& names);

}  // namespace nibble::edge
