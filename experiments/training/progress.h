#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/process/terminal.h"
#include "experiments/results/metric.h"

namespace nibble {

/// The training loop's display: on a terminal a bar that is redrawn in place,
///   epoch 3/40 [######------]  loss 0.412  top-1 85.9 %  5120 images/s  ETA 12:34
/// with the metrics of the task, elsewhere a plain line every half minute. Lines of whole epochs,
///   epoch 3/40  loss 0.412  top-1 85.9 %  test top-1 86.4 %  21 s  5120 images/s
/// and notes stay in both. Writes to standard error unless told otherwise; results belong to standard output.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// steps: batches in an epoch; steps_done: of a resumed run, counted from its first epoch.
  Progress(const TaskOutline& task, long epochs, long steps, long steps_done = 0);
  Progress(const TaskOutline& task, long epochs, long steps, long steps_done, std::ostream& screen,
           const Terminal& terminal);

  /// One batch of epoch `epoch` (0 is the first) is done. loss: mean over the batch; metrics: of the batch,
  /// in the order of the task's list, NaN where there is none. A metric of the loss is shown of the mean
  /// loss.
  void step(long epoch, double loss, const std::vector<double>& metrics, long samples);
  /// A finished epoch's line, of parts such as "loss 0.412": of those that a terminal has no room for, none
  /// is shown. The first epoch is 1.
  void epoch(long epoch, const std::vector<std::string>& parts);
  /// A sentence, wrapped on a terminal.
  void note(const std::string& line);
  /// Takes the bar away.
  void finish();

  /// The status as one line without colours, with a bar if `columns` leave room for it; 0: no bar.
  std::string line(int columns) const;

 private:
  void show(Clock::time_point now);
  void keep(const std::string& line);
  void erase();

  std::ostream& screen_;
  const Terminal terminal_;
  const TaskOutline task_;
  const long epochs_, steps_;
  long steps_left_;
  long epoch_ = 0;
  long shown_ = 0;                               // steps of this process
  double loss_ = 0, seconds_ = 0, samples_ = 0;  // moving means over steps
  std::vector<double> metrics_;                  // the same
  bool timing_ = false;                          // false: the next step includes something else
  Clock::time_point last_step_, last_shown_;
  bool drawn_ = false;
};

}  // namespace nibble
