#include "core/kernels/pointwise/elementwise.h"

#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::elementwise_test {
namespace {

const Shape kLarge{3, 33331};  // several chunks, the last one odd

template <typename Formula>
Tensor by_element(const Shape& shape, const Formula& formula) {
  Tensor y(shape);
  for (long i = 0; i < y.size(); ++i) y[i] = formula(i);
  return y;
}

}  // namespace

TEST_CASE("elementwise_kernels_touch_every_element_once") {
  for (const Shape& shape : {Shape{1}, Shape{7}, kLarge}) {
    const Tensor a = uniform(shape, 1), b = uniform(shape, 2);
    check_equal(str("sum ", shape), sum(a, b), by_element(shape, [&](long i) { return a[i] + b[i]; }));
    check_equal(str("product ", shape), product(a, b),
                by_element(shape, [&](long i) { return a[i] * b[i]; }));
    check_equal(str("scaled ", shape), scaled(a, 3), by_element(shape, [&](long i) { return a[i] * 3; }));
    Tensor into = a.clone();
    accumulate(into, b);
    check_equal(str("accumulate ", shape), into, sum(a, b));
  }
}

TEST_CASE("add_row_adds_to_each_row_and_sum_rows_is_its_transpose") {
  for (const Shape& shape : {Shape{1, 1}, Shape{4, 3}, Shape{2, 3, 4, 5}, Shape{20000, 7}}) {
    const long channels = shape.back();
    const Tensor y = uniform(shape, 1), row = uniform({channels}, 2);
    Tensor found = y.clone();
    add_row(found, row);
    check_equal(str("add_row ", shape), found,
                by_element(shape, [&](long i) { return y[i] + row[i % channels]; }));
    std::vector<double> sums(static_cast<std::size_t>(channels));
    for (long i = 0; i < y.size(); ++i)
      sums[static_cast<std::size_t>(i % channels)] += static_cast<double>(y[i]);
    check_close(
        str("sum_rows ", shape), sum_rows(y),
        by_element({channels}, [&](long c) { return static_cast<Real>(sums[static_cast<std::size_t>(c)]); }),
        1e-6);
  }
}

TEST_CASE("row_sums_do_not_depend_on_the_thread_count") {
  const Tensor y = uniform({12345, 6});
  check_threads_agree("sum_rows", [&] { return std::vector<Tensor>{sum_rows(y)}; });
}

}  // namespace nibble::kernels::elementwise_test
