#include "autograd/ops/embedding.h"

#include "tests/support/gradient_check.h"

namespace nibble::embedding_test {

TEST_CASE("gather_rows_adds_up_the_gradients_of_a_row_that_is_read_twice") {
  const Array<int> rows({5}, {3, 0, 3, 1, 3});
  check_gradients("gather_rows", [&](const std::vector<Var>& v) { return gather_rows(v[0], rows); },
                  {uniform({4, 6})});
}

TEST_CASE("gather_rows_refuses_a_row_that_is_not_there") {
  CHECK_THROWS_WITH(gather_rows(leaf({4, 2}), Array<int>({2}, {1, 4})),
                    "gather_rows: found row 4 at place 1, expected 0 to 3");
}

}  // namespace nibble::embedding_test
