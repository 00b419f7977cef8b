#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/real.h"
#include "core/shape.h"
#include "datasets/images/image_source.h"
#include "datasets/images/view.h"

namespace nibble {

/// The images that a network is trained and judged on. Pixels stay bytes; they become numbers batch by batch.
struct ImageSet {
  std::string name;               // "cifar10"
  Shape sample_shape;             // [H, W, C] of what the network reads
  Fitting fitting{};              // how images of another size come to that shape
  bool any_size = false;          // they are photographs of sizes of their own
  Split train, validation, test;  // validation may be empty
  std::vector<std::string> class_names;
  std::vector<float> mean, std;       // per channel, of pixel / 255
  std::string fingerprint;            // MD5, in hex, of what was read or generated
  std::vector<std::string> left_out;  // a sentence for each damaged file that belongs to no split

  int classes() const { return static_cast<int>(class_names.size()); }
  /// The split for evaluation during training: validation, or test where there is no validation.
  const Split& watched() const { return validation.empty() ? test : validation; }
};

/// Channel statistics of ImageNet, with which most published networks, those for CIFAR included, were
/// trained.
inline const std::vector<float> kImageNetMean{0.485f, 0.456f, 0.406f};
inline const std::vector<float> kImageNetStd{0.229f, 0.224f, 0.225f};
/// For grey pictures, the means of these.
inline const std::vector<float> kImageNetGreyMean{0.449f};
inline const std::vector<float> kImageNetGreyStd{0.226f};

/// What the network reads for byte p of channel c:  table[256·c + p] = (p / 255 − mean[c]) / std[c].
/// Training, evaluation and the integer exporter all take it from here, so they agree to the last bit. An
/// Error refuses other numbers of means and deviations than channels, and a deviation that is not positive.
std::vector<Real> pixel_table(const ImageSet& images);

/// x[i] = table[256·(i mod C) + pixels[i]] for 0 ≤ i < count, with C = table.size() / 256 channels.
void normalize(const std::uint8_t* pixels, long count, const std::vector<Real>& table, Real* x);

}  // namespace nibble
