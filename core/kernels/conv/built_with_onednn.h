#pragma once

namespace nibble::kernels {

/// False: built with NIBBLE_ONEDNN=OFF, or in double. Then nothing multiplies bytes or bfloat16 numbers in
/// training, whatever the processor can.
bool built_with_onednn();

}  // namespace nibble::kernels
