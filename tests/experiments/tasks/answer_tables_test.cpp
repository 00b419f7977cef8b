#include "experiments/tasks/answer_tables.h"

#include <catch2/catch.hpp>

#include "experiments/results/csv.h"
#include "experiments/results/metric.h"
#include "experiments/tasks/class_counts.h"

namespace nibble::answer_tables_test {
namespace {

// Scores [rows, classes] that are 0 but where said: {class, score} of each row.
Tensor scores(long classes, const std::vector<std::vector<std::pair<long, float>>>& rows) {
  Tensor all({static_cast<long>(rows.size()), classes});
  for (std::size_t n = 0; n < rows.size(); ++n)
    for (const auto& [c, score] : rows[n]) all[static_cast<long>(n) * classes + c] = score;
  return all;
}

Array<int> labels(const std::vector<int>& values) {
  Array<int> all({static_cast<long>(values.size())});
  std::copy(values.begin(), values.end(), all.begin());
  return all;
}

std::vector<std::string> names(long classes) {
  std::vector<std::string> all;
  for (long c = 0; c < classes; ++c) all.push_back("n" + std::to_string(c));
  return all;
}

// Four images of twelve classes: label first; second; sixth by its class among equals; fifth among equals.
// (No statics: their memory would be counted against the processes that other tests start.)
Tensor four_images() { return scores(12, {{{3, 2.5f}, {7, 1}}, {{3, 2.5f}, {7, 1}}, {{9, 1}}, {{9, 1}}}); }
Array<int> four_labels() { return labels({3, 7, 4, 3}); }

}  // namespace

TEST_CASE("top5_counts_labels_among_the_five_best_where_there_are_more_than_ten_classes") {
  // Row 2: 9, 0, 1, 2, 3 and then 4. Row 3: 3 is the fifth.
  CHECK(count_right(four_images(), four_labels()) == std::vector<double>{1, 3});
  ClassCounts counts(4, 12);
  counts.add(four_images(), four_labels());
  const Evaluation found = counts.evaluation(0.5);
  CHECK(found.metrics == std::vector<double>{25, 75});
  CHECK(found.samples == 4);
  CHECK(found.confusion[3 * 12 + 3] == 1);
  CHECK(found.confusion[4 * 12 + 9] == 1);
  CHECK(image_outline(12).metrics.size() == 2);
  CHECK(image_outline(12).metrics.back().name == "top5");
}

TEST_CASE("few_classes_have_no_top5_and_fewer_best_answers") {
  const Tensor few = scores(3, {{{1, 2.0f}}, {{0, -1.0f}}});
  CHECK(count_right(few, labels({1, 2})) == std::vector<double>{1});
  ClassCounts counts(2, 3);
  counts.add(few, labels({1, 2}));
  const Evaluation found = counts.evaluation(0);
  CHECK(found.metrics == std::vector<double>{50});
  CHECK(found.answers.best.shape() == Shape{2, 3});
  CHECK(image_outline(10) == image_outline());
  CHECK(to_csv(answers_table(found.answers, {})) ==
        "index,label,answer,correct,top1,top2,top3,logit1,logit2,logit3\n"
        "0,1,1,1,1,0,2,2,0,0\n"
        "1,2,1,0,1,2,0,0,0,-1\n");
}

TEST_CASE("answers_list_the_five_best_classes_of_every_image") {
  ClassCounts counts(4, 12);
  counts.add(four_images(), four_labels());
  const Evaluation found = counts.evaluation(0);
  const Table table = answers_table(found.answers, {"a.jpg", "b, c.jpg", "d.jpg", "e.jpg"});
  CHECK(to_csv({table.columns, {table.rows[1], table.rows[2]}}) ==
        "file,label,answer,correct,top1,top2,top3,top4,top5,logit1,logit2,logit3,logit4,logit5\n"
        "\"b, c.jpg\",7,3,0,3,7,0,1,2,2.5,1,0,0,0\n"
        "d.jpg,4,9,0,9,0,1,2,3,1,0,0,0,0\n");
  const std::vector<Answer> single = single_answers(found.answers, {});
  REQUIRE(single.size() == 4);
  CHECK(single[1].sample == "1");
  CHECK(single[1].label == 7);
  CHECK(single[1].answer == 3);
}

TEST_CASE("a_class_is_told_with_its_share_and_its_most_frequent_mistake") {
  ClassCounts counts(4, 12);
  counts.add(four_images(), four_labels());
  const Table table = class_table(counts.evaluation(0), names(12));
  REQUIRE(table.rows.size() == 12);
  CHECK(to_csv({table.columns, {table.rows[3], table.rows[4], table.rows[5]}}) ==
        "class,name,samples,right,top1,top5,mistaken_for,times\n"
        "3,n3,2,1,50.00,100.00,n9,1\n"
        "4,n4,1,0,0.00,0.00,n9,1\n"
        "5,n5,0,0,,,,\n");
}

TEST_CASE("integer_scores_are_counted_alike") {
  Array<int> codes({1, 12});
  codes[4] = -7, codes[8] = 300;
  ClassCounts counts(1, 12);
  counts.add(codes, labels({8}));
  const Evaluation found = counts.evaluation(0);
  CHECK(found.metrics == std::vector<double>{100, 100});
  CHECK(found.answers.scores[0] == 300);
  CHECK(found.answers.best[1] == 0);
}

}  // namespace nibble::answer_tables_test
