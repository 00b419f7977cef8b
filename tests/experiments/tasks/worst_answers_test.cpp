#include "experiments/tasks/worst_answers.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "experiments/tasks/task.h"
#include "tests/support/small_network.h"
#include "tests/support/small_procedural.h"

namespace nibble::worst_answers_test {

TEST_CASE("the_worst_answers_are_the_wrong_ones_with_the_largest_loss") {
  WorstAnswers worst;
  worst.add(Tensor({3, 2}, {0, 1, 5, 0, 0, 3}), Array<int>({3}, {0, 0, 0}));  // wrong, right, wrong
  worst.add(Tensor({2, 2}, {7, 0, NAN, 0}), Array<int>({2}, {1, 1}));  // wrong; nothing that can be compared
  const std::vector<WrongAnswer> kept = worst.kept();
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].sample == 3);
  CHECK(kept[0].label == 1);
  CHECK(kept[0].answer == 0);
  CHECK(kept[0].loss == Approx(std::log1p(std::exp(7.0))));
  CHECK(kept[1].sample == 2);
  CHECK(kept[2].sample == 0);
  for (long i = 0; i < 100; ++i) worst.add(Tensor({1, 2}, {static_cast<Real>(i), 0}), Array<int>({1}, {1}));
  CHECK(worst.kept().size() == WorstAnswers::kKept);
  CHECK(worst.kept().front().loss == Approx(99));
  CHECK(worst.kept().back().loss == Approx(76));
}

TEST_CASE("pictures_of_worst_answers_are_small_and_in_colour") {
  DatasetOptions options = small_procedural(16, 8);
  const ImageSet small = open_images(options);
  const std::vector<WrongAnswer> answers{{.sample = 5}, {.sample = 0}};
  const Array<std::uint8_t> as_they_are = pictures_of(small, small.test, answers);
  REQUIRE(as_they_are.shape() == Shape{2, small.sample_shape[0], small.sample_shape[1], 3});
  const Array<std::uint8_t> original = small.test.make(5);
  CHECK(std::equal(original.begin(), original.end(), as_they_are.begin()));
  options.image_size = 200;
  const ImageSet large = open_images(options);
  CHECK(pictures_of(large, large.test, answers).shape() == Shape{2, 96, 96, 3});
}

TEST_CASE("an_evaluation_keeps_the_worst_answers") {
  const std::unique_ptr<Task> task = image_task(open_images(small_procedural(32, 40)));
  Network network = small_network(*task, {.kind = "resnet8"}, QuantMethod::none);
  const Evaluation evaluation = task->evaluate(network, EvaluationSplit::test);
  long wrong = 0;
  for (long n = 0; n < 40; ++n)
    wrong += evaluation.answers.labels[n] == evaluation.answers.best[5 * n] ? 0 : 1;
  REQUIRE(std::ssize(evaluation.worst) == std::min(wrong, 24L));
  for (const WrongAnswer& answer : evaluation.worst) {
    CHECK(evaluation.answers.labels[answer.sample] == answer.label);
    CHECK(evaluation.answers.best[5 * answer.sample] == answer.answer);
  }
  CHECK(task->pictures_of_worst(evaluation).shape()[0] == std::ssize(evaluation.worst));
}

}  // namespace nibble::worst_answers_test
