#pragma once

#include <functional>
#include <memory>

#include "core/files/mapped_rows.h"
#include "experiments/config/config.h"
#include "layers/network/blocks.h"

namespace nibble {

/// What a block sees and should say, one row a picture. Both inputs are one where nothing is quantized yet.
struct BlockRows {
  std::shared_ptr<MappedRows> float_input, quantized_input, float_output;
};

/// Mean over pictures and positions of Σ over channels (y − y_float)², of the block with codes: before and
/// after.
struct BlockErrors {
  double nearest = 0, learned = 0;
  /// Learning has made the block worse, so it stays what it was before.
  bool kept_nearest() const { return learned > nearest; }
};

/// Asked before every step; false: give up.
using KeepOn = std::function<bool(long step, long steps)>;

/// Moves the codes of a block's weights, and the scales and shifts in front of its layers, so that the
/// quantized block says on quantized inputs what the float block said on float ones (QDrop, arXiv 2203.05740,
/// on BRECQ, 2102.05426):
///
///   loss = mean over pictures and positions of Σ over channels (y − y_float)²  +  λ Σ (1 − |2h − 1|^b)
///
/// b falls from 20 to 2; no penalty in the first fifth of the steps. A share of the input's values, drawn
/// anew for every step, are float ones; the block's own quantizers leave as many as they are. Adam for all;
/// the rate of scales and shifts falls by a cosine. A block that is worse in the end than with its nearest
/// codes keeps these, with their scales and shifts. A block all of whose weights have 8 bits or more takes a
/// quarter of the steps. Convolutions multiply bfloat16 numbers where the config and the processor have them;
/// errors are measured without. rng: names the streams of this block. `output` receives what the block says
/// in the end. keep_on is asked before every step; where it says no, the result is empty and the network is
/// as it was but for scales and shifts.
std::optional<BlockErrors> reconstruct_block(Network& network, const Block& block, const BlockRows& rows,
                                             const ReconstructConfig& config, const Rng& rng,
                                             MappedRows& output, const KeepOn& keep_on);

/// What a network says about all rows, a batch at a time; several outputs joined (joined_outputs.h).
void run_rows(Network& network, const MappedRows& input, long batch, MappedRows& output);

}  // namespace nibble
