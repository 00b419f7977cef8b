#include "experiments/results/csv.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::csv_test {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  return names;
}

}  // namespace

TEST_CASE("a_table_comes_back_from_its_csv") {
  const Table table{{{"file"}, {"a,b"}},
                    {{"x \"y\".jpg", "two\nlines"}, {"", "plain"}, {"carriage\rreturn", ","}}};
  const std::string text = to_csv(table);
  CHECK(text == "file,\"a,b\"\n\"x \"\"y\"\".jpg\",\"two\nlines\"\n,plain\n\"carriage\rreturn\",\",\"\n");
  const Table found = parse_csv(text, "x.csv");
  CHECK(names_of(found) == names_of(table));
  CHECK(found.rows == table.rows);
}

TEST_CASE("lines_of_csv_may_end_as_other_systems_end_them") {
  CHECK(parse_csv("a,b\r\n1,\"2\"\r\n3,4", "x.csv").rows == Rows{{"1", "2"}, {"3", "4"}});
  CHECK(parse_csv("a,b\n1,\n", "x.csv").rows == Rows{{"1", ""}});
}

TEST_CASE("csv_that_is_none_is_refused_with_its_line") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "x.csv: found an empty file, expected a line with the names of columns"},
      {"a,b\n1\n", "x.csv:2: found 1 fields, expected 2 as in the first line"},
      {"a,b\n1,2\n3,4,5\n", "x.csv:3: found 3 fields, expected 2 as in the first line"},
      {"a\n\"1\n2\n", "x.csv:2: found a quote that does not close, expected another one"},
      {"a\n\"1\"2\n", "x.csv:2: found text behind a closing quote, expected a comma or the end of the line"}};
  for (const auto& [text, message] : cases) CHECK_THROWS_WITH(parse_csv(text, "x.csv"), message);
}

}  // namespace nibble::csv_test
