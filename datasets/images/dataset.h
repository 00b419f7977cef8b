#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/shape.h"

namespace nibble {

/// Labelled images as the files hold them: bytes, channels innermost.
struct Split {
  Array<std::uint8_t> images;  // [N, H, W, C]
  Array<int> labels;           // [N], 0 ≤ label < classes

  long size() const { return labels.size(); }
};

/// The first n samples, sharing the buffers; 0 < n ≤ split.size().
Split first_samples(const Split& split, long n);

/// What a network is trained and judged on. Pixels stay bytes; they become numbers batch by batch.
struct Dataset {
  std::string name;  // "cifar10"
  Split train, test;
  std::vector<std::string> class_names;
  std::vector<float> mean, std;  // per channel, of pixel / 255
  std::string fingerprint;       // MD5, in hex, of what was read or generated

  /// [H, W, C]
  Shape sample_shape() const;
  int classes() const { return static_cast<int>(class_names.size()); }
};

/// Channel statistics of ImageNet, with which most published nets, those for CIFAR included, were trained.
inline const std::vector<float> kImageNetMean{0.485f, 0.456f, 0.406f};
inline const std::vector<float> kImageNetStd{0.229f, 0.224f, 0.225f};

/// What the network reads for byte p of channel c:  table[256·c + p] = (p / 255 − mean[c]) / std[c].
/// Training, evaluation and the integer exporter all take it from here, so they agree to the last bit.
std::vector<Real> pixel_table(const Dataset& data);

/// x[i] = table[256·(i mod C) + pixels[i]] for 0 ≤ i < count, with C = table.size() / 256 channels.
void normalize(const std::uint8_t* pixels, long count, const std::vector<Real>& table, Real* x);

/// What one step of training or evaluation takes in.
struct Batch {
  Tensor x;  // images [N, H, W, C], normalized, or words [N, 1], as datasets/text/text_batches.h has them
  Array<int> labels;  // [N]
};

}  // namespace nibble
