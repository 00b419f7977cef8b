#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace nibble {

struct TableColumn {
  std::string name;
  bool number = false;  // stands at the right of its column
};

/// Texts in rows under the names of their columns, for people.
struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> rows = {};  // [row][column]
};

/// Aligned, two blanks between columns, none at the end of a line. Texts are UTF-8. A table that is wider
/// than `width` is broken into blocks, one below the other: each begins with the first column. 0: any width.
void print(const Table& table, std::ostream& out, int width);

}  // namespace nibble
