#include "experiments/results/answers.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/check.h"
#include "tests/support/temporary_directory.h"

namespace nibble::answers_test {
namespace {

// `pairs` of images that are alike, named PREFIX0, PREFIX1, ...; every label is 1.
void add(std::vector<Answer>& first, std::vector<Answer>& second, const std::string& prefix, int pairs,
         long a, long b) {
  for (int i = 0; i < pairs; ++i) {
    first.push_back({prefix + std::to_string(i), 1, a});
    second.push_back({prefix + std::to_string(i), 1, b});
  }
}

}  // namespace

TEST_CASE("a_paired_difference_counts_what_only_one_network_has_right") {
  std::vector<Answer> first, second;
  add(first, second, "both right ", 60, 1, 1);
  add(first, second, "only the first ", 15, 1, 2);
  add(first, second, "only the second ", 5, 3, 1);
  add(first, second, "both wrong alike ", 12, 4, 4);
  add(first, second, "both wrong ", 8, 4, 5);
  std::reverse(second.begin(), second.end());  // the order does not matter
  const PairedComparison pairs = compare_answers(first, second, "A", "B");
  CHECK(pairs.samples == 100);
  CHECK(pairs.right_first == 75);
  CHECK(pairs.right_second == 65);
  CHECK(pairs.only_first == 15);
  CHECK(pairs.only_second == 5);
  CHECK(pairs.agreeing == 72);
  // (15 − 5) / 100, and √(20 − 100 / 100) / 100 = √19 / 100
  CHECK(pairs.difference() == Approx(0.10).epsilon(1e-14));
  CHECK(pairs.standard_error() == Approx(0.04358898943540674).epsilon(1e-14));
  CHECK(pairs.difference() - kInterval95 * pairs.standard_error() == Approx(0.0145674).margin(1e-6));
}

TEST_CASE("equal_answers_have_no_difference_and_no_error") {
  std::vector<Answer> first, second;
  add(first, second, "x", 3, 1, 1);
  const PairedComparison pairs = compare_answers(first, second, "A", "B");
  CHECK(pairs.difference() == 0);
  CHECK(pairs.standard_error() == 0);
  CHECK(pairs.agreeing == 3);
}

TEST_CASE("answers_to_other_images_are_not_compared") {
  const std::vector<Answer> some{{"a", 1, 1}, {"b", 2, 2}};
  CHECK_THROWS_WITH(compare_answers(some, {{"a", 1, 1}}, "A", "B"),
                    "compare: found 2 images of A and 1 of B, expected the same ones");
  CHECK_THROWS_WITH(compare_answers(some, {{"a", 1, 1}, {"c", 2, 2}}, "A", "B"),
                    "compare: found image 'b' of A, expected it among those of B");
  CHECK_THROWS_WITH(compare_answers(some, {{"a", 1, 1}, {"b", 3, 2}}, "A", "B"),
                    "compare: found label 2 of 'b' in A and 3 in B, expected the same one");
  CHECK_THROWS_WITH(compare_answers({}, {}, "A", "B"), Catch::StartsWith("compare: found 0 images of A"));
}

TEST_CASE("a_file_of_answers_is_read_by_the_names_of_its_columns") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "a.csv").string();
  write_file(path, "answer,file,other,label\n7,\"x,y.jpg\",q,7\n3,z.jpg,,4\n");
  const std::vector<Answer> answers = read_answers(path);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].sample == "x,y.jpg");
  CHECK(answers[0].right());
  CHECK(answers[1].label == 4);
  CHECK(answers[1].answer == 3);
  write_file(path, "index,label,answer\n0,1,1\n");
  CHECK(read_answers(path).front().sample == "0");

  const std::pair<const char*, const char*> cases[] = {
      {"file,label\na,1\n", ": found no column 'answer', expected a file of nibble evaluate --answers"},
      {"label,answer\n1,1\n", ": found no column 'file', expected a file of nibble evaluate --answers"},
      {"file,label,answer\na,1,x\n", ":2: found class 'x', expected a number from 0"},
      {"file,label,answer\na,-1,1\n", ":2: found class '-1', expected a number from 0"},
      {"file,label,answer\na,1,1\na,1,1\n", ":3: found 'a' a second time, expected one answer to a sample"},
      {"file,label,answer\n", ": found no answer, expected a line for each sample"}};
  for (const auto& [text, message] : cases) {
    write_file(path, text);
    CHECK_THROWS_WITH(read_answers(path), path + message);
  }
}

}  // namespace nibble::answers_test
