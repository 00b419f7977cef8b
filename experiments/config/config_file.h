#pragma once

#include <string>
#include <vector>

#include "experiments/config/options.h"

namespace nibble {

// Boost.Program_options reads the syntax of INI files. It is strict, but knows neither lines nor suggestions.
// So a scan of our own goes first: it records where each key stands and refuses what is wrong with a sentence
// that says where.

/// The settings of an INI file, in order. `include = base.ini`, before the first section, puts the settings
/// of another file below this one's; its path is relative to the including file. "builtin:demo.ini" names a
/// config compiled into the program. Throws UsageError for unknown keys, duplicates, malformed lines, missing
/// files and include cycles.
std::vector<Setting> read_config_file(const Options& options, const std::string& path);

/// The same for the text of a file; `path` is what messages call it, and what includes are relative to.
std::vector<Setting> read_config_text(const Options& options, const std::string& text,
                                      const std::string& path);

/// The text of a config file, or of one compiled into the program, as it stands. Throws UsageError where it
/// cannot be read or is no text of reasonable length.
std::string read_config_source(const std::string& path);

/// A path in a file, relative to that file.
std::string resolve_path(const std::string& path, const std::string& from_file);

}  // namespace nibble
