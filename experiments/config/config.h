#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "autograd/optimizer.h"
#include "autograd/schedule.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "datasets/datasets.h"
#include "experiments/config/options.h"
#include "layers/models/models.h"
#include "quant/policy.h"

namespace nibble {

// Everything that a config file says, typed. Defaults stand here, once; config_keys.cpp binds each field to
// its key and explains it.

struct RunConfig {
  std::string name;             // empty: the config file's name without .ini
  std::string output = "runs";  // the run lives in <output>/<name>
  std::uint64_t seed = 1;
  int threads = 0;  // 0: all that the process may use
};

/// What is cut out of an image to train with. own: jittered for pictures with boxes, resized for others from
/// files, else pad.
enum class Cropping { own, pad, resized, jittered };

/// What batch norms divide by in training: the statistics of the batch, or those that they have and keep.
enum class NormStatistics { batch, running };

struct TrainConfig {
  int epochs = 40;
  int batch = 128;
  bool drop_last = true;
  bool augment = true;
  Cropping crop = Cropping::own;   // images
  double smallest_crop = 0.08;     // of resized: share of a picture's area
  double crop_jitter = 0.2;        // of jittered: share of a picture's side
  double mosaic = 0;               // share of pictures with boxes that are made of four
  std::vector<int> input_sizes{};  // of pictures with boxes: one is drawn; empty: dataset.image_size
  int input_sizes_every = 10;      // batches
  ColourJitter jitter{};           // images
  int accumulate = 1;              // batches of one optimizer step
  int parts = 1;                   // of each batch, for several processes
  int unroll = 35;                 // text: steps of a batch, through which gradients flow back
  int prefetch_threads = 1;        // images: prepare batches beside the training

  OptimizerKind optimizer = OptimizerKind::sgd;
  double learning_rate = 0.1;
  double momentum = 0.9;
  bool nesterov = true;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double weight_decay = 1e-4;
  double norm_weight_decay = 0;  // of batch norm and biases
  double quantizer_weight_decay = 0;
  double quantizer_learning_rate = 1;  // relative to the weights'
  double clip_norm = 0;                // 0: off
  // Of the incoming gradient in products with codes; bfloat16 where the processor has such products.
  kernels::Precision gradients = kernels::Precision::bfloat16;

  ScheduleKind schedule = ScheduleKind::cosine;
  std::vector<int> milestones{};  // epochs after which the step schedule multiplies by step_factor
  double step_factor = 0.1;       // plateau multiplies by it too
  double warmup_epochs = 0;
  double warmup_power = 1;
  double final_learning_rate_factor = 0;  // where cosine ends, relative to learning_rate

  bool dropout = true;  // of layers that drop values
  double label_smoothing = 0;
  std::string teacher{};      // a run whose network's scores are learned too; empty: none
  double teacher_share = 1;   // of the loss; the labels have the rest
  double weight_average = 0;  // decay of the moving average; 0: off

  double damping = 0;             // of oscillating weights; 0: off
  double freeze_oscillating = 0;  // frequency of oscillation above which a weight freezes in the end; 0: off
  double oscillation_momentum = 0.001;  // of that frequency
  double transition_rate = 0;           // of codes, per √bits: what learning rates are moved to; 0: off

  NormStatistics norms = NormStatistics::batch;  // of batch norms, in training
  int reestimate_norms = 0;  // training batches for the last statistics of norms; 0: those of training

  int evaluate_every = 1;          // epochs
  int checkpoint_every = 1;        // epochs
  double checkpoint_minutes = 10;  // and at least this often
};

/// How a calibration goes on from its first scales, on pictures without labels.
enum class Reconstruct { none, blocks, blocks_then_net };

struct ReconstructConfig {
  Reconstruct what = Reconstruct::none;  // quant.reconstruct
  int pictures = 1024;
  int views = 1;          // of each picture: its middle, then random crops
  int iterations = 2000;  // of each block
  int batch = 32;
  double learning_rate = 1e-2;       // of the logits that decide the rounding of weights
  double grid_learning_rate = 1e-3;  // of scales and shifts
  double norm_learning_rate = 0;     // of norms and biases
  double penalty = 0.01;             // on weights between two codes
  double float_share = 0;            // of activations that are not quantized in a step
  kernels::Precision products = kernels::Precision::bfloat16;  // of convolutions in the steps of blocks
  int net_iterations = 500;
  double net_learning_rate = 1e-4;
};

struct EdgeConfig {
  bool integer_evaluation = true;
};

struct ExperimentConfig {
  RunConfig run;
  DatasetOptions dataset;
  ModelOptions model;
  std::string start_from;  // model.start_from: a run, a checkpoint or another tool's file; empty: random
  std::string start_from_except;  // pattern of layers that keep their random weights
  std::string freeze;             // model.freeze: pattern of layers that a training leaves as they are
  QuantPolicy quant;
  int calibration_samples = 512;  // quant.calibration_samples: images from which first scales and shifts come
  ReconstructConfig reconstruct;
  TrainConfig train;
  EdgeConfig edge;
};

/// Binds every key of config files to its field.
void describe(Options& options, ExperimentConfig& config);

/// What single keys cannot say: fields that contradict each other. Throws UsageError that begins with
/// `origin`. Gives a run without a name that of its config file, and the data's options the numbers that they
/// leave open.
void validate(ExperimentConfig& config, const std::string& origin);

/// The config of a file, `overrides` winning over it, checked.
ExperimentConfig read_config(const std::string& path, const std::vector<Setting>& overrides = {});

/// The resolved config: every key with its value, defaults too, as a file that reads back to the same config.
std::string print_config(const ExperimentConfig& config);

/// A resolved config that an older program wrote, with the keys that have come since at their defaults, which
/// are what that program did, and with the numbers that were left to the data set. A text that does not read
/// as a config comes back as it is.
std::string complete_config(const std::string& text);

const char* name(QuantMethod method);

// What the parts of a training loop are told.
OptimizerOptions optimizer_options(const TrainConfig& train);
ScheduleOptions schedule_options(const TrainConfig& train, long batches_per_epoch);

}  // namespace nibble
