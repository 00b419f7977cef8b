#pragma once

#include "experiments/config/config.h"
#include "tests/support/small_procedural.h"

namespace nibble {

/// A training of ResNet-8 on a few procedural images.
inline ExperimentConfig small_training(const char* name, long train_samples, long test_samples, int batch,
                                       int epochs) {
  ExperimentConfig config;
  config.run.name = name;
  config.dataset = small_procedural(train_samples, test_samples);
  config.model.kind = "resnet8";
  config.train.batch = batch;
  config.train.epochs = epochs;
  return config;
}

}  // namespace nibble
