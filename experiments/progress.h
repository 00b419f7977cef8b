#pragma once

#include <chrono>
#include <ostream>
#include <string>

namespace nibble {

/// What the screen can do.
struct Terminal {
  bool interactive = false;  // a person watches: redraw one line
  bool color = false;
  int columns = 80;
};

/// Of standard error. Not interactive: a pipe, a file, TERM=dumb, a batch job (SLURM_JOB_ID). NO_COLOR turns
/// colours off, COLUMNS overrides the width.
Terminal describe_terminal();

/// "41 s", "12:34", "3:05:07"
std::string format_duration(double seconds);

/// The training loop's display: on a terminal a bar that is redrawn in place,
///   epoch 3/40 [######------]  loss 0.412  top-1 85.9 %  5120 images/s  ETA 12:34
/// elsewhere a plain line every half minute. Lines of whole epochs and notes stay in both. Writes to standard
/// error unless told otherwise; results belong to standard output.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// steps: batches in an epoch; steps_done: of a resumed run, counted from its first epoch.
  /// `unit`: what samples are, "images" or "tokens".
  Progress(long epochs, long steps, long steps_done = 0, const std::string& unit = "images");
  Progress(long epochs, long steps, long steps_done, std::ostream& screen, const Terminal& terminal,
           const std::string& unit = "images");

  /// One batch of epoch `epoch` (0 is the first) is done. loss: mean over the batch; top1: percent.
  /// Language models have no top1 (NaN): the line shows e^loss then.
  void step(long epoch, double loss, double top1, long samples);
  /// A finished epoch's line.
  void epoch(const std::string& line);
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
  const long epochs_, steps_;
  const std::string unit_;
  long steps_left_;
  long epoch_ = 0;
  long shown_ = 0;                                          // steps of this process
  double loss_ = 0, top1_ = 0, seconds_ = 0, samples_ = 0;  // moving means over steps
  bool timing_ = false;                                     // false: the next step includes something else
  Clock::time_point last_step_, last_shown_;
  bool drawn_ = false;
};

}  // namespace nibble
