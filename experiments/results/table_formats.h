#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "experiments/process/table.h"

namespace nibble {

/// A table for a page in Markdown; what means something there is escaped.
std::string to_markdown(const Table& table);

/// A tabular for LaTeX, with the rules of booktabs; what means something there is escaped, ± becomes $\pm$.
std::string to_latex(const Table& table);

/// A list with an object a row. Cells of number columns are numbers where they read as such; empty cells are
/// null.
nlohmann::ordered_json to_json(const Table& table);

}  // namespace nibble
