#include "experiments/process/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace nibble {

namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

// 0: no terminal.
int columns_of(int descriptor) {
  if (is_set("COLUMNS")) {
    const int columns = std::atoi(std::getenv("COLUMNS"));
    if (columns > 0) return columns;
  }
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Terminal describe_terminal() {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::strcmp(term, "dumb") == 0;
  Terminal terminal;
  terminal.interactive = isatty(STDERR_FILENO) == 1 && !dumb && !is_set("SLURM_JOB_ID");
  terminal.color = terminal.interactive && !is_set("NO_COLOR");
  const int columns = columns_of(STDERR_FILENO);
  if (columns > 0) terminal.columns = columns;
  return terminal;
}

int output_columns() { return columns_of(STDOUT_FILENO); }

int text_columns() {
  const int columns = output_columns();
  return columns == 0 ? 80 : std::clamp(columns, 40, 100);
}

std::string wrap(const std::string& text, int columns, const std::string& indent) {
  std::string wrapped, line = indent, word;
  for (std::istringstream words(text); words >> word;) {
    if (line.size() > indent.size() && line.size() + 1 + word.size() > static_cast<std::size_t>(columns)) {
      wrapped += line + "\n";
      line = indent;
    }
    line += (line.size() > indent.size() ? " " : "") + word;
  }
  return wrapped + line + "\n";
}

std::string on_screen(const std::string& sentence) {
  const int columns = output_columns();
  return columns == 0 ? sentence + "\n" : wrap(sentence, columns);
}

std::string explained(const std::vector<std::pair<std::string, std::string>>& entries, int columns,
                      const std::string& indent) {
  std::size_t longest = 0;
  for (const auto& [name, text] : entries) longest = std::max(longest, name.size());
  std::string all;
  for (const auto& [name, text] : entries) {
    const std::string first = indent + name, further(indent.size() + longest + 2, ' ');
    const std::string lines = columns == 0 ? further + text + "\n" : wrap(text, columns, further);
    all += first + lines.substr(first.size());
  }
  return all;
}

std::string format_duration(double seconds) {
  const long s = std::lround(std::max(0.0, seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string format_fixed(double value, int digits) { return fmt::format("{:.{}f}", value, digits); }

}  // namespace nibble
