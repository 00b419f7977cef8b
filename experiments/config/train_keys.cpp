// The keys of [train].

#include "experiments/config/section_keys.h"

namespace nibble {

namespace {

void describe_batches(Options& o, TrainConfig& c) {
  o.add("train.epochs", c.epochs,
        "Passes over the training split; 0: the network is only imported or calibrated, judged and recorded.",
        at_least(0));
  o.add("train.batch", c.batch,
        "Samples of one forward and backward pass; of text: sequences that are read side by side.",
        at_least(1));
  o.add("train.unroll", c.unroll, "Text: steps of a batch, through which gradients flow back.", at_least(1));
  o.add("train.drop_last", c.drop_last, "Leave out the last batch of an epoch where it would be smaller.");
  o.add("train.augment", c.augment,
        "Images: crop as train.crop says, mirror every other one, change colours.");
  o.add<Cropping>(
      "train.crop", c.crop,
      {{"own", Cropping::own},
       {"pad", Cropping::pad},
       {"resized", Cropping::resized},
       {"jittered", Cropping::jittered}},
      "Images: pad moves the window by up to 4 pixels, with black outside; resized scales a random "
      "part of the picture to it; jittered moves each of the picture's sides inwards or outwards and "
      "stretches what is between them; own: jittered for coco and darknet, resized for folder and imagenet, "
      "else pad.");
  o.add("train.smallest_crop", c.smallest_crop,
        "Of resized: the smallest part, as a share of the picture's area.", within(0.01, 1));
  o.add("train.crop_jitter", c.crop_jitter,
        "Of jittered: how far a side moves at most, as a share of the picture's width or height. Darknet "
        "calls it jitter.",
        from_to_below(0, 0.5));
  o.add("train.brightness", c.jitter.brightness,
        "Images: brightness is multiplied by 1 - this to 1 + this, drawn anew for every image and epoch. "
        "Darknet "
        "calls it exposure.",
        at_least(0));
  o.add("train.contrast", c.jitter.contrast, "The same for contrast.", at_least(0));
  o.add("train.saturation", c.jitter.saturation, "The same for the strength of colours.", at_least(0));
  o.add("train.hue", c.jitter.hue,
        "Images: hues are turned by up to this share of the circle of colours, either way.", within(0, 0.5));
  o.add("train.mosaic", c.mosaic,
        "coco, darknet: share of the pictures that are put together of parts of four, each augmented by "
        "itself.",
        within(0, 1));
  o.add(
      "train.input_sizes", c.input_sizes,
      "coco, darknet: heights and widths of training pictures, such as 320, 352, 384, 416, 448, one of which "
      "is drawn for a few batches in a row, as darknet's random=1 does; the network reads pictures of any "
      "size that its strides divide. Evaluations and integers have dataset.image_size. Empty: that alone.",
      at_least(5));
  o.add("train.input_sizes_every", c.input_sizes_every, "Batches for which a size of them is drawn.",
        at_least(1));
  o.add("train.prefetch_threads", c.prefetch_threads,
        "Images: threads that prepare batches beside the training. They hold at most two batches more than "
        "there are threads. Their number changes no result.",
        at_least(1));
  o.add(
      "train.accumulate", c.accumulate,
      "Batches of whose gradients an optimizer step takes the mean. The last ones of an epoch make a step of "
      "their own, however few they are.",
      at_least(1));
}

void describe_parts(Options& o, TrainConfig& c) {
  o.add("train.parts", c.parts,
        "Equal parts that each batch is cut into, a power of two. Each is walked by a thread of its own, in "
        "one process or "
        "in those that mpirun has started, of which each has equally many. Norms take the statistics of the "
        "whole batch, "
        "gradients are added up in a fixed order: results depend on this number, as on the batch, and not on "
        "the number of "
        "processes.",
        at_least(1));
}

void describe_optimizer(Options& o, TrainConfig& c) {
  o.add<OptimizerKind>("train.optimizer", c.optimizer,
                       {{"sgd", OptimizerKind::sgd}, {"adamw", OptimizerKind::adamw}}, "Optimizer.");
  o.add("train.learning_rate", c.learning_rate, "Peak of the schedule, for the mean loss of a batch.",
        above(0));
  o.add("train.momentum", c.momentum, "Of sgd.", from_to_below(0, 1));
  o.add("train.nesterov", c.nesterov, "Nesterov's momentum, for sgd.");
  o.add("train.beta1", c.beta1, "Of adamw: decay of the mean gradient.", from_to_below(0, 1));
  o.add("train.beta2", c.beta2, "Of adamw: decay of the mean squared gradient.", from_to_below(0, 1));
  o.add("train.weight_decay", c.weight_decay, "Of weights.", at_least(0));
  o.add("train.norm_weight_decay", c.norm_weight_decay, "Of batch norms and biases.", at_least(0));
  o.add("train.quantizer_weight_decay", c.quantizer_weight_decay, "Of scales and shifts.", at_least(0));
  o.add("train.quantizer_learning_rate", c.quantizer_learning_rate,
        "Learning rate of scales and shifts, relative to that of the weights.", at_least(0));
  o.add("train.clip_norm", c.clip_norm, "Longer gradients are scaled down to this norm; 0: off.",
        at_least(0));
  using kernels::Precision;
  o.add<Precision>("train.gradients", c.gradients,
                   {{"bf16", Precision::bfloat16}, {"float32", Precision::float32}},
                   "Precision in which the incoming gradient enters the backward products of layers "
                   "whose operands are codes.");
}

void describe_schedule(Options& o, TrainConfig& c) {
  o.add<ScheduleKind>("train.schedule", c.schedule,
                      {{"constant", ScheduleKind::constant},
                       {"step", ScheduleKind::step},
                       {"cosine", ScheduleKind::cosine},
                       {"plateau", ScheduleKind::plateau}},
                      "Learning rate over the steps; plateau multiplies by step_factor after every "
                      "evaluation whose loss is no "
                      "better than the best before it.");
  o.add("train.milestones", c.milestones, "Epochs after which the step schedule multiplies by step_factor.",
        at_least(1));
  o.add("train.step_factor", c.step_factor, "Of the step and plateau schedules.", above(0));
  o.add("train.warmup_epochs", c.warmup_epochs,
        "Epochs in which the rate grows from 0 to its peak; fractions count.", at_least(0));
  o.add("train.warmup_power", c.warmup_power,
        "The rate grows with this power of the steps: 1 is a straight line, 4 is darknet's burn_in.",
        above(0));
  o.add("train.final_learning_rate_factor", c.final_learning_rate_factor,
        "Where cosine ends, relative to its peak.", within(0, 1));
}

void describe_oscillation(Options& o, TrainConfig& c) {
  o.add("train.damping", c.damping,
        "Strength of the pull on weights of at most 4 bits towards their codes (arXiv 2203.11086), which "
        "rises by a cosine from 0 to this; 0: off. Published: 0.1.",
        at_least(0));
  o.add(
      "train.freeze_oscillating", c.freeze_oscillating,
      "A weight of at most 4 bits whose code swings to and fro more often than this keeps one code for ever "
      "(arXiv 2203.11086): turns a step, a moving average. The limit falls from 0.1 to this. 0: off. "
      "Published: 0.01.",
      within(0, 0.1));
  o.add("train.oscillation_momentum", c.oscillation_momentum,
        "Weight of the newest step in that average; below half of train.freeze_oscillating.", above(0));
  o.add("train.transition_rate", c.transition_rate,
        "Share of the codes of each weight of at most 4 bits that a step should change, per root of its bits "
        "(arXiv 2404.19248); it falls by a cosine to 0. The learning rate of the weight follows from it: it "
        "begins at 0 and moves by train.learning_rate times what is missing. Scales of these weights stay as "
        "they are. 0: off. Published: 0.005.",
        within(0, 0.5));
}

void describe_loss_and_pauses(Options& o, TrainConfig& c) {
  o.add("train.dropout", c.dropout,
        "Layers that drop values do so in training; off: none does, as where a network learns to be what it "
        "was.");
  o.add("train.label_smoothing", c.label_smoothing, "Share of the target that is spread over all classes.",
        from_to_below(0, 1));
  o.add("train.teacher", c.teacher,
        "The directory of a run whose network's scores are to be matched (distillation, arXiv 1503.02531), "
        "such "
        "as the float run that a 4-bit one starts from; empty: labels only.");
  o.add("train.teacher_share", c.teacher_share,
        "Share of the loss that is the divergence from the teacher's scores; the labels have the rest.",
        within(0, 1));
  o.add("train.weight_average", c.weight_average,
        "Decay of the moving average of the weights, which is then what is evaluated and exported; 0: off.",
        from_to_below(0, 1));
  o.add<NormStatistics>("train.norms", c.norms,
                        {{"batch", NormStatistics::batch}, {"running", NormStatistics::running}},
                        "Mean and variance of batch norms in training: running keeps those that they have, "
                        "while gains and offsets learn. For weights whose norms another tool has folded into "
                        "the convolutions, and for few pictures.");
  o.add("train.reestimate_norms", c.reestimate_norms,
        "Training batches from which the statistics of batch norms are taken anew, as the mean over the "
        "batches, at the end of a training or calibration, with the weights that are then judged and saved; "
        "0: they stay as training left them. Published with 4 bits: 50.",
        at_least(0));
  o.add("train.evaluate_every", c.evaluate_every,
        "Epochs between evaluations: on the validation split; of images without one, on the test split.",
        at_least(1));
  o.add("train.checkpoint_every", c.checkpoint_every, "Epochs between checkpoints.", at_least(1));
  o.add("train.checkpoint_minutes", c.checkpoint_minutes, "A checkpoint at least this often.", above(0));
}

}  // namespace

void describe_train(Options& o, TrainConfig& c) {
  describe_batches(o, c);
  describe_parts(o, c);
  describe_optimizer(o, c);
  describe_schedule(o, c);
  describe_oscillation(o, c);
  describe_loss_and_pauses(o, c);
}

}  // namespace nibble
