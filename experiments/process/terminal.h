#pragma once

#include <string>
#include <utility>
#include <vector>

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

/// Columns of the terminal at standard output; COLUMNS overrides them. 0: it is no terminal, so that nothing
/// limits a line.
int output_columns();
/// Columns for running text at standard output: those of the terminal, from 40 to 100; 80 where it is none.
int text_columns();

/// Breaks a text at its blanks into lines of at most so many columns, the indent in front of each counted.
/// Every line ends with a line feed. A longer word stands alone.
std::string wrap(const std::string& text, int columns, const std::string& indent = "");

/// A sentence with a line feed for standard output, wrapped where that is a terminal.
std::string on_screen(const std::string& sentence);

/// Names with what is to be said of each beside it, in lines of at most so many columns; 0: any.
std::string explained(const std::vector<std::pair<std::string, std::string>>& entries, int columns,
                      const std::string& indent = "");

/// "41 s", "12:34", "3:05:07"
std::string format_duration(double seconds);

/// With so many digits behind the point.
std::string format_fixed(double value, int digits);

}  // namespace nibble
