#pragma once

#include "edge/graph/node_view.h"

namespace nibble::edge {

/// Throws Error unless the node's input is an image [H, W, C].
void check_image(const NodeView& node);

/// Extents of a window that slides over an image.
struct Window {
  Size2 kernel, stride, padding{0, 0}, dilation{1, 1};
  Size2 extra{0, 0};  // more padding at the end only
};

/// The output [OH, OW, channels] of windows over the node's input. Throws Error where extents are not
/// positive or the window does not fit.
Shape sliding_shape(const NodeView& node, const Window& window, long channels);

}  // namespace nibble::edge
