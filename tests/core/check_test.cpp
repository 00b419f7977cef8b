#include "core/check.h"

#include <catch2/catch.hpp>
#include <iomanip>

namespace nibble::check_test {
namespace {

struct Place {
  int line;
};
std::ostream& operator<<(std::ostream& out, const Place& place) { return out << "line " << place.line; }

}  // namespace

TEST_CASE("a sentence joins parts of every type as a stream does") {
  const char* const pointer = "pointer";
  char array[8] = "ab";  // ends at its zero, not at its length
  CHECK(str("found ", 3, ' ', -4L, ' ', 5ul, ' ', 0.1f, ' ', 1e300, ' ', true, ' ', std::string("text"), ' ',
            std::string_view("view"), ' ', pointer, ' ', array, ' ',
            Place{7}) == "found 3 -4 5 0.1 1e+300 1 text view pointer ab line 7");
  CHECK(str("what ", std::setprecision(3), 3.14159, " sets lasts: ", 2.71828) ==
        "what 3.14 sets lasts: 2.72");
  CHECK(str().empty());
}

TEST_CASE("a failed check throws the joined sentence, and a held one formats nothing") {
  CHECK_THROWS_MATCHES(check(false, "who: found ", 1), Error, Catch::Message("who: found 1"));
  CHECK_THROWS_MATCHES(fail("who: found ", Place{2}), Error, Catch::Message("who: found line 2"));
  CHECK_NOTHROW(check(true, "who: found ", 1));
}

}  // namespace nibble::check_test
