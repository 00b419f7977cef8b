#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/files/mapped_rows.h"
#include "experiments/config/config.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/task.h"
#include "experiments/training/checkpoint.h"

namespace nibble {

/// The part of a calibration that reconstructs (experiments/reconstruct/reconstruct.h), kept in a run's
/// directory: checkpoint/first.h5 holds the network with its first scales, checkpoint/last.h5 what is done.
class BlockCalibration {
 public:
  /// Writes a checkpoint of the network as it is.
  using Save = std::function<void(const std::string& path, Checkpoint& checkpoint)>;

  /// Only references are kept.
  BlockCalibration(const ExperimentConfig& config, const RunDirectory& directory, const Task& task,
                   Network& network, Save save);

  /// Of a network whose quantizers are initialized, before anything is written: throws UsageError where it
  /// has no blocks, where its weights have no grid on which rounding can be learned, or where pictures that
  /// are to be seen several times are not augmented.
  void check_network() const;
  /// Takes the network's weights for what it is to follow, and keeps them. Once, before run().
  void begin();
  /// Instead of begin(): goes on where `last`, this run's checkpoint, stands.
  void resume(const Checkpoint& last);
  /// Block by block, each kept when it is done; then, if the config says so, the whole. False: somebody asked
  /// to stop; it was said how to go on.
  bool run();
  /// Removes what only a run that was interrupted needs.
  void finish() const;

 private:
  void keep(const std::string& path, std::size_t blocks);
  std::shared_ptr<MappedRows> all_views() const;
  Network float_twin(const std::map<std::string, Tensor>& values) const;

  const ExperimentConfig& config_;
  const RunDirectory& directory_;
  const Task& task_;
  Network& network_;
  Save save_;
  std::optional<Network> float_network_;
  std::size_t blocks_ = 0;  // that are done; one more than there are: the whole network is tuned, too
};

}  // namespace nibble
