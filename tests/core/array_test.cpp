#include "core/array.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace nibble::array_test {
namespace {

std::vector<int> values(const Array<int>& array) { return {array.begin(), array.end()}; }

}  // namespace

TEST_CASE("a_new_array_is_zero") {
  Array<int>({64}).fill(-1);  // leaves a dirty buffer in the pool
  const Array<int> array({64});
  CHECK(values(array) == std::vector<int>(64, 0));
}

TEST_CASE("copies_share_the_buffer_and_clones_do_not") {
  Array<int> a({3}, {1, 2, 3});
  const Array<int> copy = a, clone = a.clone();
  a[1] = 9;
  CHECK(copy[1] == 9);
  CHECK(clone[1] == 2);
}

TEST_CASE("an_array_is_unique_while_no_other_handle_sees_its_buffer") {
  Array<int> a({4});
  CHECK(a.unique());
  {
    const Array<int> view = a.reshaped({2, 2});
    CHECK_FALSE(a.unique());
  }
  CHECK(a.unique());
}

TEST_CASE("reshaped_shares_the_values_under_another_shape") {
  Array<int> a({2, 3}, {1, 2, 3, 4, 5, 6});
  Array<int> view = a.reshaped({3, 2});
  view[5] = 60;
  CHECK(view.shape() == Shape{3, 2});
  CHECK(a.shape() == Shape{2, 3});
  CHECK(a[5] == 60);
}

TEST_CASE("rows_are_a_view_of_the_leading_axis") {
  Array<int> a({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  Array<int> middle = a.rows(1, 3);
  CHECK(middle.shape() == Shape{2, 2});
  CHECK(values(middle) == std::vector<int>{3, 4, 5, 6});
  CHECK(values(middle.rows(1, 2)) == std::vector<int>{5, 6});
  CHECK(values(middle.clone()) == std::vector<int>{3, 4, 5, 6});
  middle[0] = 30;
  CHECK(a[2] == 30);
  CHECK(a.rows(2, 2).size() == 0);
}

TEST_CASE("a_view_outlives_the_array_it_was_taken_from") {
  Array<int> view;
  {
    const Array<int> a({3}, {1, 2, 3});
    view = a.rows(1, 3);
  }
  CHECK(values(view) == std::vector<int>{2, 3});
}

TEST_CASE("a_default_array_is_empty") {
  CHECK(Tensor().empty());
  CHECK_FALSE(Tensor({1}).empty());
}

}  // namespace nibble::array_test
