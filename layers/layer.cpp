#include "layers/layer.h"

namespace nibble {

const char* kind(const Layer& layer) {
  return std::visit([](const auto& any) { return any.kind(); }, layer);
}

bool keeps_grid(const Layer& layer) {
  return std::visit(
      [](const auto& any) {
        if constexpr (requires { any.keeps_grid(); }) {
          return any.keeps_grid();
        } else {
          return false;
        }
      },
      layer);
}

bool has_weights(const Layer& layer) {
  return std::visit(
      []<typename Any>(const Any&) {
        return requires(Any changeable) { changeable.weights(); };
      },
      layer);
}

std::vector<Weights> weights(Layer& layer) {
  return std::visit(
      [](auto& any) {
        if constexpr (requires { any.weights(); }) {
          return any.weights();
        } else {
          return std::vector<Weights>();
        }
      },
      layer);
}

}  // namespace nibble
