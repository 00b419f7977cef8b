#include "experiments/process/table.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace nibble::table_test {
namespace {

std::string printed(const Table& table, int width) {
  std::ostringstream out;
  print(table, out, width);
  return out.str();
}

const Table kTable{{{"name"}, {"first", true}, {"second"}}, {{"a", "1", "±"}, {"long name", "10", "ab"}}};

}  // namespace

TEST_CASE("table_aligns_texts_left_and_numbers_right_by_characters") {
  CHECK(printed(kTable, 0) ==
        "name       first  second\n"
        "a              1  ±\n"
        "long name     10  ab\n");
}

TEST_CASE("table_wider_than_the_screen_goes_on_below_under_its_first_column") {
  CHECK(printed(kTable, 24) == printed(kTable, 0));
  CHECK(printed(kTable, 23) ==
        "name       first\n"
        "a              1\n"
        "long name     10\n"
        "\n"
        "name       second\n"
        "a          ±\n"
        "long name  ab\n");
  CHECK(printed(kTable, 3) == printed(kTable, 23));  // as narrow as it gets
}

TEST_CASE("table_without_rows_is_its_heading") { CHECK(printed({{{"one"}}}, 80) == "one\n"); }

}  // namespace nibble::table_test
