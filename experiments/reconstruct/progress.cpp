#include "experiments/reconstruct/progress.h"

#include <iostream>
#include <sstream>

namespace nibble {
namespace {

std::string three_digits(double value) {
  std::ostringstream text;
  text.precision(3);
  text << value;
  return text.str();
}

}  // namespace

void ReconstructionProgress::step(const std::string& stage, long step, long steps) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_.interactive || now - shown_ < std::chrono::milliseconds(200)) return;
  shown_ = now;
  const std::string line = str(stage, ": step ", step + 1, " of ", steps);
  std::cerr << "\r\x1b[K" << line.substr(0, static_cast<std::size_t>(terminal_.columns - 1)) << std::flush;
}

std::string ReconstructionProgress::block(const BlockReport& report) {
  const std::string line =
      str("block ", report.number, " of ", report.count, ", ", report.name, ": error ",
          three_digits(report.errors.nearest), " with nearest codes, ", three_digits(report.errors.learned),
          " with learned ones", report.errors.kept_nearest() ? ": the nearest are kept  " : "  ",
          format_duration(report.seconds));
  note(line);
  return line;
}

void ReconstructionProgress::note(const std::string& line) {
  if (terminal_.interactive) std::cerr << "\r\x1b[K";
  std::cerr << line << "\n";
}

}  // namespace nibble
