#pragma once

#include <vector>

#include "core/array.h"
#include "core/parts/batch_parts.h"
#include "core/piece_listener.h"

namespace nibble::kernels {

// Per-channel arithmetic of [..., C] tensors. Rows are all leading axes together. Sums run over fixed pieces:
// in float within short blocks of rows, in double above.

/// Mean and biased variance of each channel: [C] each.
struct ChannelMoments {
  Tensor mean, variance;
};
ChannelMoments channel_moments(const Tensor& x);

/// The same in parts: count, mean and Σ (x − mean)² of some rows, on this thread, and the moments of all rows
/// from those of their parts, in order.
struct PartialMoments {
  long rows = 0;
  std::vector<double> mean, squares;  // [C]
};
PartialMoments partial_moments(const Tensor& rows);

/// The same where the rows come a few at a time; at least one in all.
class MomentSums {
 public:
  explicit MomentSums(long channels) : channels_(channels) {}
  void add(const Real* rows, long n);
  PartialMoments moments() const;

 private:
  long channels_, rows_ = 0;
  std::vector<Real> pivot_;
  std::vector<double> sum_, square_;  // of x − pivot
};

ChannelMoments merge(const std::vector<PartialMoments>& parts);

/// The moments of a batch from those of this part of it and of the others.
ChannelMoments merge(const ChannelMoments& part, BatchParts& parts);

/// The moments of a batch [N, ..., C], taken while its pieces are in the cache of whoever makes them.
class BatchMoments {
 public:
  BatchMoments(long images, long channels);
  /// To be told of every row of the batch; lives no longer than this object.
  PieceListener listener();
  /// When all rows have been told.
  ChannelMoments moments() const;

 private:
  long channels_;
  std::vector<MomentSums> pieces_;
};

/// y = gain[c] · x + offset[c]
Tensor scale_channels(const Tensor& x, const Tensor& gain, const Tensor& offset);

/// The same in place.
void scale_channels_in_place(Tensor& x, const Tensor& gain, const Tensor& offset);

/// Σ dy and Σ dy · (x − mean) over the rows: [C] each.
struct ChannelSums {
  Tensor dy, dy_centered;
};
ChannelSums channel_sums(const Tensor& dy, const Tensor& x, const Tensor& mean);
/// The same sums over all parts of a batch.
ChannelSums sum_of_parts(const ChannelSums& part, BatchParts& parts);

/// dx = a[c] · dy + b[c] · x + d[c]
Tensor combine_channels(const Tensor& dy, const Tensor& a, const Tensor& x, const Tensor& b, const Tensor& d);

}  // namespace nibble::kernels
