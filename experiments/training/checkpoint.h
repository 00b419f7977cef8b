#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/array.h"
#include "experiments/results/record.h"
#include "layers/network/network.h"

namespace nibble {

/// Everything needed to go on as if nothing had happened, as plain maps. Tensors are named by paths with '/'.
struct Checkpoint {
  std::map<std::string, Tensor> parameters;   // and statistics, by Network path
  std::map<std::string, Tensor> optimizer;    // "momentum/layer1/0/conv1/weight"
  std::map<std::string, Tensor> average;      // exponential moving average of the weights; empty if not kept
  std::map<std::string, Tensor> state;        // carried by recurrent layers, "lstm1/0"; empty for others
  std::map<std::string, Tensor> gradients;    // of batches that still wait for the optimizer's step, if any
  std::map<std::string, Tensor> oscillation;  // codes of weights and their past; empty if not watched
  std::vector<std::string> vocabulary;        // words by token; empty for images
  std::map<std::string, std::uint64_t> counters;  // epoch, batch, step, ...: where the training stands
  std::map<std::string, double> scalars;          // sums over the epoch so far, ...
  std::string config_text;                        // resolved
  std::string config_hash;       // its identity, as config_text.h has it; empty in files of old programs
  std::string data_fingerprint;  // of the data that it was trained on; empty in files of old programs
  RunRecord record;              // what was measured so far
};

// On disk: HDF5 under a seal (core/files/sealed_file.h), with the groups /parameters, /optimizer, /average,
// /state, /gradients, /oscillation, /progress (counters and scalars as attributes of two subgroups) and
// /record, for texts the words /vocabulary, and root attributes format, version, config, config_hash,
// data_fingerprint, git_revision and tensors_xxh64. Values survive bit for bit. Files of old programs have no
// /state, /gradients, /oscillation or /vocabulary.

/// Atomic: a checkpoint that was there stays until the new one is on disk.
void save(const std::string& path, const Checkpoint& checkpoint);

/// Throws Error naming the file and the reason for one that is truncated, damaged, foreign or of another
/// version.
Checkpoint load(const std::string& path);

/// Throws Error unless a checkpoint, read from `source`, was trained on these words (none for images): tokens
/// of another vocabulary would mean other words.
void check_vocabulary(const Checkpoint& checkpoint, const std::vector<std::string>& words,
                      const std::string& source);

/// Copies of every parameter and statistic of a network, by path.
std::map<std::string, Tensor> capture(Network& network);

/// The other way. Throws Error that counts and names missing, surplus and misshapen tensors, and names one
/// with numbers that are not finite or variances below zero; `source` says where the values came from. The
/// network is untouched then.
void restore(Network& network, const std::map<std::string, Tensor>& values, const std::string& source);

/// "3 tensors of FILE do not fit the network: fc/bias is missing, ..." Collects what does not fit and throws
/// once.
class Mismatches {
 public:
  void add(std::string what) { whats_.push_back(std::move(what)); }
  /// Throws Error with the count and the first three, if there are any.
  void check_none(const std::string& source) const;

 private:
  std::vector<std::string> whats_;
};

}  // namespace nibble
