#pragma once

#include "datasets/images/resample.h"

namespace nibble {

/// Scales an image to height x width between its four nearest pixels, without a filter where it shrinks: the
/// bytes of OpenCV's resize with INTER_LINEAR, on which detectors of darknet's family are published
/// (resize.cpp of OpenCV 4: weights of 11 bits, rows before columns, two bits dropped on the way; exactly
/// half the size is the mean of 2 x 2).
///   image 1 to 4 channels   out [height, width, C]
void stretch(const PixelView& image, long height, long width, std::uint8_t* out);

}  // namespace nibble
