// Every key of a config file: its field, what it may be, and what it is for. `nibble help SECTION` prints
// this table.

#include "experiments/config/config.h"

namespace nibble {

namespace {

template <typename Items, typename NameOf>
std::vector<std::string> names(const Items& items, NameOf name_of) {
  std::vector<std::string> names;
  for (const auto& item : items) names.emplace_back(name_of(item));
  return names;
}

const std::vector<Choice<QuantMethod>> kMethods{
    {"none", QuantMethod::none}, {"learned_scale_shift", QuantMethod::learned_scale_shift},
    {"lsq", QuantMethod::lsq},   {"lsq_plus", QuantMethod::lsq_plus},
    {"pact", QuantMethod::pact}, {"dorefa", QuantMethod::dorefa}};

const std::vector<Choice<Initialization>> kInitializations{{"own", Initialization::own},
                                                           {"min_max", Initialization::min_max},
                                                           {"percentile", Initialization::percentile},
                                                           {"mse", Initialization::mse},
                                                           {"lsq", Initialization::lsq},
                                                           {"lsq_plus", Initialization::lsq_plus}};

/// PATTERN:weight_bits=8,activation_bits=8
bool parse_override(const std::string& text, LayerOverride& item) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  item.pattern = trim(text.substr(0, colon));
  const std::vector<std::string> parts = split(text.substr(colon + 1), ',');
  for (const std::string& part : parts) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return false;
    const std::string key = trim(part.substr(0, equals));
    int* bits = key == "weight_bits"       ? &item.weight_bits
                : key == "activation_bits" ? &item.activation_bits
                                           : nullptr;
    if (!bits || *bits != 0 || !parse_value(trim(part.substr(equals + 1)), *bits)) return false;
    if (!within(2, 8).contain(*bits)) return false;
  }
  return !item.pattern.empty() && !parts.empty();
}

std::string print_override(const LayerOverride& item) {
  std::vector<std::string> parts;
  if (item.weight_bits) parts.push_back("weight_bits=" + format_value(item.weight_bits));
  if (item.activation_bits) parts.push_back("activation_bits=" + format_value(item.activation_bits));
  return item.pattern + ":" + join(parts, ",");
}

void describe_run(Options& o, RunConfig& c) {
  o.add("run.name", c.name,
        "Name of the run; empty: that of the config file. Its directory is <output>/<name>.");
  o.add("run.output", c.output, "Directory of runs.");
  o.add("run.seed", c.seed,
        "Seed of everything random: first weights, order of the samples, augmentation, dropout. The same "
        "seed gives the "
        "same weights, bit for bit, whatever the number of threads.");
  o.add("run.threads", c.threads, "Threads; 0: all that the process may use.", at_least(0));
}

void describe_dataset(Options& o, DatasetOptions& c) {
  o.add("dataset.kind", c.kind, "Data set.",
        names(dataset_kinds(), [](const DatasetKind& k) { return k.name; }));
  o.add("dataset.path", c.path, "Directory of its files.");
  o.add("dataset.verify", c.verify, "Compare the files with their official checksums.");
  o.add("dataset.train_samples", c.train_samples,
        "Take only the first training samples, tokens of a text; 0: all.", at_least(0));
  o.add("dataset.test_samples", c.test_samples,
        "Take only the first test samples, for texts of the validation split, too; 0: all.", at_least(0));
  o.add("dataset.validation_share", c.validation_share,
        "Images: share of the training samples that is kept apart as a validation split, drawn by "
        "dataset.seed. "
        "Evaluations during training then use it instead of the test split. 0: no validation split.",
        from_to_below(0, 1));
  o.add("dataset.mean", c.mean,
        "Subtracted from pixel / 255, one a channel; empty: as usual for the data set.");
  o.add("dataset.std", c.std, "Divides the difference, one a channel; empty: as usual for the data set.",
        above(0));
  o.add("dataset.seed", c.seed,
        "Procedural images and texts: which ones; and which samples the validation share takes. Not "
        "run.seed, so that "
        "seeds compare on the same splits.");
  o.add("dataset.image_size", c.image_size, "Procedural images: height and width in pixels.",
        within(12, 256));
  o.add(
      "dataset.max_vocabulary", c.max_vocabulary,
      "Texts: keep so many words, the most frequent, <eos> and <unk> among them; the others become <unk>. 0: "
      "all, else from 3.",
      at_least(0));
  o.add<UnknownWords>(
      "dataset.unknown_words", c.unknown_words,
      {{"refuse", UnknownWords::refuse}, {"replace", UnknownWords::replace}},
      "Texts: what happens to a word of the validation or test split that the training split has "
      "not; replace makes it <unk>.");
}

void describe_model(Options& o, ModelOptions& c, std::string& start_from) {
  o.add("model.kind", c.kind, "Network.", names(model_kinds(), [](const ModelKind& k) { return k.kind; }));
  using Activation = std::optional<ActivationKind>;
  std::vector<Choice<Activation>> activations{{"own", {}}};
  for (const ActivationKind kind :
       {ActivationKind::relu, ActivationKind::relu6, ActivationKind::leaky_relu, ActivationKind::sigmoid,
        ActivationKind::tanh, ActivationKind::swish, ActivationKind::hard_swish, ActivationKind::mish})
    activations.push_back({name(kind), kind});
  o.add("model.activation", c.activation, activations,
        "Activation function throughout the network; own: the model's (relu; relu6 in mobilenet_v2, swish in "
        "efficientnet_b0).");
  o.add("model.slope", c.slope, "Slope of leaky_relu below zero.", from_to_below(0, 1));
  o.add<Shortcut>(
      "model.shortcut", c.shortcut,
      {{"subsample", Shortcut::subsample}, {"projection", Shortcut::projection}},
      "Residual branches between stages: strided subsampling with zero channels, or a 1x1 convolution "
      "(options A and B of He et al. 2015).");
  o.add("model.width", c.width,
        "mlp, lstm, gru: hidden features; vgg: channels of the first stage; 0: the model's default.",
        at_least(0));
  o.add("model.layers", c.layers, "lstm, gru: recurrent layers.", at_least(1));
  o.add("model.dropout", c.dropout,
        "lstm, gru: share of values dropped behind the embedding and behind each recurrent layer.",
        from_to_below(0, 1));
  o.add("model.variational_dropout", c.variational_dropout,
        "lstm, gru: drop the same values in all steps of a batch.");
  o.add("model.tied", c.tied, "lstm, gru: the weight of the scores is the embedding.");
  o.add("model.first_weights", c.first_weights, "lstm, gru: first weights are drawn evenly from +- this.",
        above(0));
  o.add("model.start_from", start_from,
        "First weights: the directory of a run, a checkpoint, or a safetensors file with PyTorch's names; "
        "empty: random.");
}

void describe_quant(Options& o, QuantPolicy& c, int& calibration_samples) {
  const Limits bits = within(2, 8);
  o.add("quant.method", c.method, kMethods,
        "How grids are found: none trains in float; learned_scale_shift is ours; lsq, lsq_plus, pact and "
        "dorefa are "
        "published methods to compare with.");
  o.add("quant.weight_bits", c.weight_bits, "Bits of weights.", bits);
  o.add("quant.activation_bits", c.activation_bits, "Bits of activations.", bits);
  o.add("quant.first_and_last_bits", c.first_and_last_bits,
        "Bits of weights and inputs of the first and the last layer with weights; 8 is the published "
        "convention.",
        bits);
  o.add("quant.input_bits", c.input_bits, "Bits of the image.", bits);
  o.add("quant.join_bits", c.join_bits, "Bits of the branches of residual additions and products.", bits);
  o.add("quant.table_bits", c.table_bits,
        "Bits of the inputs of tables (swish, hard_swish, mish, sigmoid, tanh).", bits);
  o.add<Granularity>("quant.weight_granularity", c.weight_granularity,
                     {{"tensor", Granularity::tensor}, {"channel", Granularity::channel}},
                     "Scales of a layer's weights: one, or one for each output channel.");
  o.add<Sign>("quant.activation_sign", c.activation_sign,
              {{"automatic", Sign::automatic}, {"signed", Sign::is_signed}, {"unsigned", Sign::is_unsigned}},
              "Grid of activations; automatic: unsigned, with a shift where the method learns one; signed "
              "for methods "
              "without a shift where values are negative.");
  o.add("quant.weight_initialization", c.weight_initialization, kInitializations, "First scales of weights.");
  o.add("quant.activation_initialization", c.activation_initialization, kInitializations,
        "First scales and shifts of activations.");
  o.add<WeightRounding>(
      "quant.weight_rounding", c.weight_rounding,
      {{"nearest", WeightRounding::nearest}, {"compensated", WeightRounding::compensated}},
      "Codes of weights in the end: nearest to each number, or compensated, where a row's later numbers make "
      "up for the rounding of its earlier ones, by the second moments of what the layer reads (GPTQ, arXiv "
      "2210.17323). It is done once, at the end of calibration or training; trained codes seldom gain by "
      "it.");
  o.add("quant.rounding_samples", c.rounding_samples,
        "Training images or tokens from which compensated rounding takes these moments.", at_least(1));
  o.add("quant.percentile", c.percentile,
        "Share of values inside the first grid, in percent, for percentile.", within(50, 100));
  o.add<GradientScale>(
      "quant.gradient_scale", c.gradient_scale,
      {{"none", GradientScale::none},
       {"elements", GradientScale::elements},
       {"features", GradientScale::features}},
      "Factor on the gradients of scale and shift: 1, or 1/sqrt(N hi) with N all elements that the "
      "scale serves, or those of one sample.");
  o.add<Border>("quant.border", c.border,
                {{"nearest_zero", Border::nearest_zero}, {"lowest_code", Border::lowest_code}},
                "The code that the border of a padded convolution reads as.");
  o.add<QuantScope>("quant.scope", c.scope, {{"all", QuantScope::all}, {"products", QuantScope::products}},
                    "Recurrent layers: all computes gates and state in 16 bits and by tables, as the device "
                    "does; products quantizes what enters matrix products only, as published results do, "
                    "and has no integer form.");
  o.add("quant.calibration_samples", calibration_samples,
        "Training images or tokens from which the first scales and shifts of activations come.", at_least(1));
  o.add_repeatable<LayerOverride>("quant.override", c.overrides,
                                  "PATTERN:weight_bits=8,activation_bits=8 with bits from 2 to 8",
                                  parse_override, print_override,
                                  "Other bits for the layers whose path matches a pattern (* any text, ? one "
                                  "character); may stand several times, "
                                  "the last match wins.");
}

void describe_train(Options& o, TrainConfig& c) {
  o.add("train.epochs", c.epochs, "Passes over the training split.", at_least(1));
  o.add("train.batch", c.batch,
        "Samples of one forward and backward pass; of text: sequences that are read side by side.",
        at_least(1));
  o.add("train.unroll", c.unroll, "Text: steps of a batch, through which gradients flow back.", at_least(1));
  o.add("train.drop_last", c.drop_last, "Leave out the last batch of an epoch where it would be smaller.");
  o.add("train.augment", c.augment, "Crop from 4 pixels of padding, and mirror every other image.");
  o.add("train.prefetch_threads", c.prefetch_threads,
        "Images: threads that prepare batches beside the training. They hold at most two batches more than "
        "there are threads. Their number changes no result.",
        at_least(1));
  o.add("train.accumulate", c.accumulate, "Batches whose gradients make one optimizer step.", at_least(1));
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
  using kernels::GradientPrecision;
  o.add<GradientPrecision>("train.gradients", c.gradients,
                           {{"bf16", GradientPrecision::bfloat16}, {"float32", GradientPrecision::float32}},
                           "Precision in which the incoming gradient enters the backward products of layers "
                           "whose operands are codes.");
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
  o.add("train.final_learning_rate_factor", c.final_learning_rate_factor,
        "Where cosine ends, relative to its peak.", within(0, 1));
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
  o.add("train.evaluate_every", c.evaluate_every,
        "Epochs between evaluations: on the validation split; of images without one, on the test split.",
        at_least(1));
  o.add("train.checkpoint_every", c.checkpoint_every, "Epochs between checkpoints.", at_least(1));
  o.add("train.checkpoint_minutes", c.checkpoint_minutes, "A checkpoint at least this often.", above(0));
}

}  // namespace

const char* name(QuantMethod method) {
  for (const Choice<QuantMethod>& choice : kMethods)
    if (choice.value == method) return choice.name;
  fail("quant.method: a value without a name");
}

void describe(Options& options, ExperimentConfig& config) {
  describe_run(options, config.run);
  describe_dataset(options, config.dataset);
  describe_model(options, config.model, config.start_from);
  describe_quant(options, config.quant, config.calibration_samples);
  describe_train(options, config.train);
  options.add("edge.integer_evaluation", config.edge.integer_evaluation,
              "After training, lower the network to integers and evaluate those on the test split.");
}

}  // namespace nibble
