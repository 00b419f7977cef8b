/* The loops that all storage variants of a convolution share: one output channel over all positions.
 *
 *   acc[oh][ow] = sum over kh, kw, i of  w[kh][kw][i] * x[oh * stride - pad + kh * dilation][...][i]
 *
 * Windows that lie inside of the image are told apart once per position, so their taps need no checks. */
#ifndef NBL_CONV2D_LOOPS_H
#define NBL_CONV2D_LOOPS_H

#include "nbl_dot.h"
#include "nbl_requantize.h"

/* x: the first channel of the group. The window's upper left corner is (top, left); depth = channels /
 * groups. */
static inline int32_t nbl_window_inside(const nbl_conv2d_t* l, const uint8_t* x, const int8_t* w, int32_t top,
                                        int32_t left, int32_t depth) {
  int32_t acc = 0;
  for (int32_t kh = 0; kh < l->kernel_h; ++kh) {
    const uint8_t* row = x + ((top + kh * l->dilation_h) * l->width + left) * l->channels;
    if (depth == l->channels && l->dilation_w == 1) { /* a kernel row is contiguous */
      acc += nbl_dot_w8(row, w, l->kernel_w * depth);
      w += l->kernel_w * depth;
    } else {
      for (int32_t kw = 0; kw < l->kernel_w; ++kw, w += depth)
        acc += nbl_dot_w8(row + kw * l->dilation_w * l->channels, w, depth);
    }
  }
  return acc;
}

/* The same where taps may fall outside: those read border_code. */
static inline int32_t nbl_window_at_border(const nbl_conv2d_t* l, const uint8_t* x, const int8_t* w,
                                           int32_t top, int32_t left, int32_t depth) {
  int32_t acc = 0;
  for (int32_t kh = 0; kh < l->kernel_h; ++kh) {
    const int32_t ih = top + kh * l->dilation_h;
    for (int32_t kw = 0; kw < l->kernel_w; ++kw, w += depth) {
      const int32_t iw = left + kw * l->dilation_w;
      if (ih >= 0 && ih < l->height && iw >= 0 && iw < l->width) {
        acc += nbl_dot_w8(x + (ih * l->width + iw) * l->channels, w, depth);
      } else {
        for (int32_t i = 0; i < depth; ++i) acc += w[i] * l->border_code;
      }
    }
  }
  return acc;
}

/* w: the channel's weight row, one code a byte. */
static inline void nbl_conv2d_channel(const nbl_conv2d_t* l, const uint8_t* x, const int8_t* w,
                                      int32_t channel, uint8_t* y) {
  const int32_t depth = l->channels / l->groups;
  const uint8_t* group = x + channel / (l->out_channels / l->groups) * depth;
  const int32_t last_top = l->height - 1 - (l->kernel_h - 1) * l->dilation_h;
  const int32_t last_left = l->width - 1 - (l->kernel_w - 1) * l->dilation_w;
  for (int32_t oh = 0; oh < l->out_height; ++oh) {
    const int32_t top = oh * l->stride_h - l->pad_h;
    for (int32_t ow = 0; ow < l->out_width; ++ow) {
      const int32_t left = ow * l->stride_w - l->pad_w;
      const int inside = top >= 0 && top <= last_top && left >= 0 && left <= last_left;
      const int32_t acc = inside ? nbl_window_inside(l, group, w, top, left, depth)
                                 : nbl_window_at_border(l, group, w, top, left, depth);
      y[(oh * l->out_width + ow) * l->out_channels + channel] = nbl_requantize(acc, &l->requant, channel);
    }
  }
}

#endif
