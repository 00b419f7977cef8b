#include "experiments/process/terminal.h"

#include <catch2/catch.hpp>

using namespace nibble;

TEST_CASE("durations_read_as_people_say_them") {
  CHECK(format_duration(0) == "0 s");
  CHECK(format_duration(41.4) == "41 s");
  CHECK(format_duration(754) == "12:34");
  CHECK(format_duration(3 * 3600 + 5 * 60 + 7) == "3:05:07");
}
