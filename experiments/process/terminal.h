#pragma once

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

/// With so many digits behind the point.
std::string format_fixed(double value, int digits);

}  // namespace nibble
