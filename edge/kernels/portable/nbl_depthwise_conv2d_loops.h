/* The loops that all storage variants of a depthwise convolution share: one channel over all positions.
 *
 *   acc[oh][ow] = sum over kh, kw of  w[kh][kw] * x[oh * stride - pad + kh * dilation][...][channel] */
#ifndef NBL_DEPTHWISE_CONV2D_LOOPS_H
#define NBL_DEPTHWISE_CONV2D_LOOPS_H

#include "nbl_requantize.h"

/* w: the channel's weight row [kernel_h][kernel_w], one code a byte. */
static inline void nbl_depthwise_conv2d_channel(const nbl_conv2d_t* l, const uint8_t* x, const int8_t* w,
                                                int32_t channel, uint8_t* y) {
  const int32_t last_top = l->height - 1 - (l->kernel_h - 1) * l->dilation_h;
  const int32_t last_left = l->width - 1 - (l->kernel_w - 1) * l->dilation_w;
  const uint8_t* in = x + channel;
  for (int32_t oh = 0; oh < l->out_height; ++oh) {
    const int32_t top = oh * l->stride_h - l->pad_h;
    for (int32_t ow = 0; ow < l->out_width; ++ow) {
      const int32_t left = ow * l->stride_w - l->pad_w;
      const int inside = top >= 0 && top <= last_top && left >= 0 && left <= last_left;
      const int8_t* tap = w;
      int32_t acc = 0;
      for (int32_t kh = 0; kh < l->kernel_h; ++kh) {
        const int32_t ih = top + kh * l->dilation_h;
        for (int32_t kw = 0; kw < l->kernel_w; ++kw, ++tap) {
          const int32_t iw = left + kw * l->dilation_w;
          const int hit = inside || (ih >= 0 && ih < l->height && iw >= 0 && iw < l->width);
          acc += *tap * (hit ? in[(ih * l->width + iw) * l->channels] : l->border_code);
        }
      }
      y[(oh * l->out_width + ow) * l->channels + channel] = nbl_requantize(acc, &l->requant, channel);
    }
  }
}

#endif
