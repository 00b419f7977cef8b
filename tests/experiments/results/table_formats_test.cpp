#include "experiments/results/table_formats.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "experiments/results/student_t.h"

namespace nibble::table_formats_test {
namespace {

const Table kTable{{{"run"}, {"top1", true}}, {{"a_1 | b", "91.5 ± 0.2"}, {"50% & more\\", ""}}};

}  // namespace

TEST_CASE("markdown_and_latex_escape_what_means_something_there") {
  CHECK(to_markdown(kTable) ==
        "| run | top1 |\n| --- | ---: |\n| a\\_1 \\| b | 91.5 ± 0.2 |\n| 50% & more\\\\ |  |\n");
  CHECK(to_latex(kTable) ==
        "\\begin{tabular}{lr}\n\\toprule\nrun & top1 \\\\\n\\midrule\na\\_1 | b & 91.5 $\\pm$ 0.2 \\\\\n"
        "50\\% \\& more\\textbackslash{} &  \\\\\n\\bottomrule\n\\end{tabular}\n");
}

TEST_CASE("json_has_numbers_where_columns_have_numbers_and_null_for_nothing") {
  const Table table{{{"run"}, {"seed", true}, {"top1", true}, {"bits", true}},
                    {{"7", "18446744073709551", "91.50", "4/8"}, {"b", "2", "", "4"}}};
  CHECK(
      to_json(table).dump() ==
      R"([{"run":"7","seed":18446744073709551,"top1":91.5,"bits":"4/8"},{"run":"b","seed":2,"top1":null,"bits":4}])");
}

TEST_CASE("student_s_t_has_the_quantiles_of_tables") {
  CHECK(student_t_95(2) == Approx(12.7062).epsilon(1e-5));
  CHECK(student_t_95(3) == Approx(4.30265).epsilon(1e-5));
  CHECK(student_t_95(11) == Approx(2.22814).epsilon(1e-5));
  CHECK(student_t_95(100001) == Approx(1.95999).epsilon(1e-5));
  CHECK_THROWS_AS(student_t_95(1), Error);
}

}  // namespace nibble::table_formats_test
