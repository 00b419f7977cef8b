/* Integer kernels of Nibble: structs and prototypes. C99, nothing but <stdint.h>, no memory of their own.
 *
 * Activations are unsigned codes, one a byte: real = scale * code + shift. Images are
 * [height][width][channels], channels innermost. Weights are signed codes, one row
 * [kernel_h][kernel_w][in_channels / groups] for each output channel: one a byte (w8), or two a byte (w4: low
 * nibble first, every row starts on a byte). Accumulators are int32; the exporter proves for each layer that
 * neither they nor the 64-bit product behind them can overflow. An int of 16 bits is enough: it holds
 * every product of two codes, and what is larger is int32_t. */
#ifndef NBL_KERNELS_H
#define NBL_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What every compiler must provide; each fails as an array of negative size. */
typedef char nbl_needs_arithmetic_shift_of_int32[((int32_t)-3 >> 1) == -2 ? 1 : -1];
typedef char nbl_needs_arithmetic_shift_of_int64[((int64_t)-3 >> 1) == -2 ? 1 : -1];

/* Codes leave an accumulator by   clamp((acc * mult[c] + offset[c]) >> shift, lo, hi);   with mult2 by the
 * larger of two such lines (leaky ReLU). The rounding half is inside offset. */
typedef struct {
  const int32_t* mult;    /* [channels], or [1] */
  const int64_t* offset;  /* as mult */
  const int32_t* mult2;   /* as mult, or null */
  const int64_t* offset2; /* as mult, or null */
  int32_t per_channel;    /* 1: mult is [channels]; 0: one entry serves all */
  int32_t shift;          /* 0 ... 62 */
  int32_t lo, hi;         /* 0 <= lo <= hi <= 255; of 16-bit scores -32768 and 32767 */
} nbl_requant_t;

typedef struct {
  int32_t height, width, channels;             /* of x */
  int32_t out_height, out_width, out_channels; /* of y */
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t pad_h,
      pad_w; /* rows above and columns left of x that read as border_code, as do all beyond its end */
  int32_t dilation_h, dilation_w;
  int32_t groups;      /* divides channels and out_channels */
  int32_t border_code; /* 0 ... 255 */
  const void* weights; /* w4: uint8_t [out_channels][(row + 1) / 2];  w8: int8_t [out_channels][row] */
  nbl_requant_t requant;
} nbl_conv2d_t;

typedef struct {
  int32_t in, out;
  const void* weights; /* w4: uint8_t [out][(in + 1) / 2];  w8: int8_t [out][in] */
  nbl_requant_t requant;
} nbl_linear_t;

/* Scores are accumulators: scores[o] = sum_i w[o][i] * x[i] + bias[o]. */
typedef struct {
  int32_t in, out;
  const void* weights; /* as above */
  const int32_t* bias; /* [out] */
} nbl_linear_scores_t;

typedef struct {
  int32_t mult1, mult2;
  int64_t offset;
} nbl_add_line_t;

/* y = clamp((x1 * mult1 + x2 * mult2 + offset) >> shift, lo, hi), of two lines the larger. */
typedef struct {
  int32_t count;          /* elements */
  int32_t lines;          /* 1 or 2 */
  nbl_add_line_t line[2]; /* the second is used by leaky ReLU only */
  int32_t shift, lo, hi;
} nbl_add_t;

/* y = clamp((x1 * (x2 * product + mult1) + x2 * mult2 + offset) >> shift, lo, hi). */
typedef struct {
  int32_t rows;                  /* 1: x1 and x2 have as many codes; else pixels of x1 */
  int32_t factors;               /* codes of x2 */
  int32_t product, mult1, mult2; /* x2 * product + mult1 fits 32 bits */
  int64_t offset;
  int32_t shift, lo, hi;
} nbl_multiply_t;

typedef struct {
  int32_t height, width, channels; /* of x */
  int32_t out_height, out_width;   /* of y */
  int32_t kernel_h, kernel_w, stride_h, stride_w;
  int32_t pad_h, pad_w; /* positions outside of x never win */
} nbl_max_pool_t;

typedef struct {
  int32_t height, width, channels; /* of x */
  int32_t out_height, out_width;   /* of y */
  int32_t kernel_h, kernel_w, stride_h, stride_w;
  nbl_requant_t requant; /* of the sum over the window */
} nbl_average_pool_t;

typedef struct {
  int32_t height, width, channels; /* of x */
  int32_t stride;                  /* y: [ceil(height / stride)][ceil(width / stride)][out_channels] */
  int32_t out_channels;
  int32_t leading;     /* channels of border_code in front of x's; the rest stand behind */
  int32_t border_code; /* 0 ... 255 */
} nbl_subsample_t;

typedef struct {
  int32_t height, width, channels; /* of x */
  int32_t factor;                  /* y: [height * factor][width * factor][channels] */
} nbl_upsample_t;

/* An LSTM (rows of gates i f g o) or GRU (r z n), gate after gate. A gate's sum in Q3.12 is
 *   clamp16((input * input_mult[row] + recurrent * recurrent_mult[row] + offset[row]) >> shift)
 * of its rows' products with x and with the codes of the step before; the n of a GRU has two sums, each
 * clamped: input with offset, recurrent with candidate_offset. */
typedef struct {
  int32_t in, hidden;
  const void*
      input_weights; /* w4: uint8_t [gates * hidden][(in + 1) / 2];  w8: int8_t [gates * hidden][in] */
  const void* recurrent_weights;   /* as input_weights, with rows of `hidden` */
  const int32_t* input_mult;       /* [gates * hidden] */
  const int32_t* recurrent_mult;   /* [gates * hidden] */
  const int64_t* offset;           /* [gates * hidden] */
  const int64_t* candidate_offset; /* GRU: [hidden], LSTM: null */
  int32_t shift;                   /* 0 ... 62 */
  int32_t cell_fraction_bits;      /* LSTM: of c, 0 ... 15 */
  int32_t steps;                   /* highest code of h, at most 255 */
  const int16_t* thresholds;       /* [steps], rising: a code of h is the number of thresholds <= h, Q0.15 */
} nbl_recurrent_t;

/* x and y may not overlap, unless said. `row` is scratch for one unpacked weight row: kernel_h * kernel_w *
 * channels / groups bytes. A depthwise layer has groups = channels = out_channels. */
void nbl_conv2d_a8w4(const nbl_conv2d_t* layer, const uint8_t* x, uint8_t* y, int8_t* row);
void nbl_conv2d_a8w8(const nbl_conv2d_t* layer, const uint8_t* x, uint8_t* y);
void nbl_depthwise_conv2d_a8w4(const nbl_conv2d_t* layer, const uint8_t* x, uint8_t* y, int8_t* row);
void nbl_depthwise_conv2d_a8w8(const nbl_conv2d_t* layer, const uint8_t* x, uint8_t* y);
void nbl_linear_a8w4(const nbl_linear_t* layer, const uint8_t* x, uint8_t* y);
void nbl_linear_a8w8(const nbl_linear_t* layer, const uint8_t* x, uint8_t* y);
void nbl_linear_scores_a8w4(const nbl_linear_scores_t* layer, const uint8_t* x, int32_t* scores);
void nbl_linear_scores_a8w8(const nbl_linear_scores_t* layer, const uint8_t* x, int32_t* scores);
/* y may be x1 or x2: each element is read before it is written. */
void nbl_add_a8(const nbl_add_t* layer, const uint8_t* x1, const uint8_t* x2, uint8_t* y);
/* y may be x1, and x2 if there is one row. */
void nbl_multiply_a8(const nbl_multiply_t* layer, const uint8_t* x1, const uint8_t* x2, uint8_t* y);
/* y[i] = table[x[i]], table: one entry for each code of x. y may be x. */
void nbl_lookup_a8(const uint8_t* table, int32_t count, const uint8_t* x, uint8_t* y);
void nbl_max_pool_a8(const nbl_max_pool_t* layer, const uint8_t* x, uint8_t* y);
void nbl_average_pool_a8(const nbl_average_pool_t* layer, const uint8_t* x, uint8_t* y);
void nbl_subsample_a8(const nbl_subsample_t* layer, const uint8_t* x, uint8_t* y);
void nbl_upsample_a8(const nbl_upsample_t* layer, const uint8_t* x, uint8_t* y);
/* y [pixels][count] are `count` of the channels of x [pixels][channels], from the one that x points to. */
void nbl_slice_a8(int32_t pixels, int32_t channels, int32_t count, const uint8_t* x, uint8_t* y);
/* x [pixels][count] become `count` of the channels of y [pixels][channels], from the one that y points to. */
void nbl_concat_a8(int32_t pixels, int32_t count, int32_t channels, const uint8_t* x, uint8_t* y);

/* 16-bit scores; the layer's requant has no second line. */
void nbl_linear_scores16_a8w4(const nbl_linear_t* layer, const uint8_t* x, int16_t* scores);
void nbl_linear_scores16_a8w8(const nbl_linear_t* layer, const uint8_t* x, int16_t* scores);
/* A token's row of a table of codes [tokens][features]: two codes a byte (a4, low nibble first, every row
 * starts on a byte), or one (a8). */
void nbl_embedding_a4(const uint8_t* table, int32_t features, int32_t token, uint8_t* y);
void nbl_embedding_a8(const uint8_t* table, int32_t features, int32_t token, uint8_t* y);
/* One step. c (or, of a GRU, h) and codes, each [hidden], are the state: read, then written. y: [hidden], the
 * codes once more, for the next layer. taps: null, or where the inner values go (nbl_lstm_cell.h,
 * nbl_gru_cell.h). */
void nbl_lstm_a8w4(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* c, uint8_t* codes, uint8_t* y,
                   int16_t* taps);
void nbl_lstm_a8w8(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* c, uint8_t* codes, uint8_t* y,
                   int16_t* taps);
void nbl_gru_a8w4(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* h, uint8_t* codes, uint8_t* y,
                  int16_t* taps);
void nbl_gru_a8w8(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* h, uint8_t* codes, uint8_t* y,
                  int16_t* taps);

#ifdef __cplusplus
}
#endif

#endif
