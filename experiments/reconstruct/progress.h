#pragma once

#include <chrono>
#include <string>

#include "experiments/process/terminal.h"
#include "experiments/reconstruct/reconstruct.h"

namespace nibble {

/// The display of a reconstruction, on standard error: on a terminal a line that is redrawn,
///   layer1/0: step 420 of 2000
/// elsewhere nothing until a block is done:
///   block 2 of 10, layer1/0: error 0.412 with nearest codes, 0.083 with learned ones  63 s
class ReconstructionProgress {
 public:
  void step(const std::string& stage, long step, long steps);
  /// Shows the line of a finished block and returns it.
  std::string block(const BlockReport& report);
  void note(const std::string& line);

 private:
  const Terminal terminal_ = describe_terminal();
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace nibble
