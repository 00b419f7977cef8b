// The keys of [reconstruct], and quant.reconstruct.

#include "experiments/config/section_keys.h"

namespace nibble {

void describe_reconstruct(Options& o, ReconstructConfig& c) {
  o.add<Reconstruct>("quant.reconstruct", c.what,
                     {{"none", Reconstruct::none},
                      {"blocks", Reconstruct::blocks},
                      {"blocks_then_net", Reconstruct::blocks_then_net}},
                     "nibble calibrate: what follows first scales and shifts. blocks: block by block, the "
                     "rounding of weights, scales and shifts are learned until the quantized block says what "
                     "the float one does (QDrop, arXiv 2203.05740); blocks_then_net: then scales, shifts and "
                     "norms of the whole by the float scores. Labels are not looked at.");
  o.add("reconstruct.pictures", c.pictures, "Training pictures that it sees.", at_least(1));
  o.add("reconstruct.views", c.views,
        "Times that each picture is seen: once its middle, then random crops and flips, as [train] augments. "
        "They take little time, and room on the disk as so many pictures more.",
        at_least(1));
  o.add("reconstruct.iterations", c.iterations,
        "Steps of each block; of one whose weights have 8 bits or more a quarter of it.", at_least(1));
  o.add("reconstruct.batch", c.batch, "Pictures of a step; at most all that there are.", at_least(1));
  o.add("reconstruct.learning_rate", c.learning_rate, "Of the rounding of weights, by Adam.", above(0));
  o.add("reconstruct.grid_learning_rate", c.grid_learning_rate, "Of scales and shifts.", at_least(0));
  o.add("reconstruct.norm_learning_rate", c.norm_learning_rate, "Of norms and biases.", at_least(0));
  o.add("reconstruct.penalty", c.penalty, "Weight of the penalty on weights between two codes.", at_least(0));
  o.add("reconstruct.float_share", c.float_share,
        "Share of the activations that are left unquantized in a step, drawn anew.", from_to_below(0, 1));
  o.add<kernels::Precision>(
      "reconstruct.products", c.products,
      {{"bf16", kernels::Precision::bfloat16}, {"float32", kernels::Precision::float32}},
      "Precision in which images, weights and gradients enter the products of convolutions while blocks "
      "learn; those of depthwise ones are float32, as all are where the processor has no others.");
  o.add("reconstruct.net_iterations", c.net_iterations, "Steps of the whole network.", at_least(1));
  o.add("reconstruct.net_learning_rate", c.net_learning_rate,
        "Of scales, shifts, norms and biases, where the whole network is tuned.", above(0));
}

}  // namespace nibble
