#include "core/shape.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::shape_test {

TEST_CASE("shape_counts_elements_and_rows") {
  CHECK(Shape{2, 3, 4}.count() == 24);
  CHECK(Shape{2, 3, 4}.row() == 12);
  CHECK(Shape{5}.row() == 1);
  CHECK(Shape{}.count() == 1);
  CHECK(Shape{3, 0}.count() == 0);
  CHECK(Shape{2, 3, 4}.rank() == 3);
  CHECK(Shape{2, 3, 4}.back() == 4);
}

TEST_CASE("shapes_compare_by_extents") {
  CHECK(Shape{2, 3} == Shape(std::vector<long>{2, 3}));
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
}

TEST_CASE("shapes_and_sizes_print_as_people_write_them") {
  CHECK(str(Shape{2, 3}) == "[2, 3]");
  CHECK(str(Shape{7}) == "[7]");
  CHECK(str(Shape{}) == "[]");
  CHECK(str(Size2{3, 1}) == "3x1");
}

TEST_CASE("check_throws_its_parts_as_one_sentence") {
  CHECK_NOTHROW(check(true, "never seen"));
  CHECK_THROWS_WITH(check(false, "who: found ", Shape{1}, ", expected ", 2), "who: found [1], expected 2");
  CHECK_THROWS_AS(fail("x"), Error);
}

}  // namespace nibble::shape_test
