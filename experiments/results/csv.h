#pragma once

#include <string>
#include <vector>

#include "experiments/process/table.h"

namespace nibble {

// Tables as RFC 4180 has them, with line feeds.

/// The names of the columns in the first line.
std::string to_csv(const Table& table);

/// The inverse; lines may end with a carriage return, too. `path` is the file's name in messages. Throws
/// Error, with the line, for a text without a first line, rows of another length, and quotes that do not
/// close.
Table parse_csv(const std::string& text, const std::string& path);

}  // namespace nibble
