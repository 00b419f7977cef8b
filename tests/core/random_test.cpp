#include "core/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

namespace nibble::random_test {
namespace {

std::vector<std::uint64_t> draw(Rng rng, int count = 4) {
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(rng.next());
  return numbers;
}

}  // namespace

TEST_CASE("equal_seeds_give_equal_numbers_and_others_do_not") {
  CHECK(draw(Rng(1)) == draw(Rng(1)));
  CHECK(draw(Rng(1)) != draw(Rng(2)));
}

TEST_CASE("the_sequence_of_a_seed_never_changes") {
  // Weights, orders and masks of published runs follow from it.
  CHECK(draw(Rng(1), 3) ==
        std::vector<std::uint64_t>{0x5E41AB087439611E, 0xF18D6CE93D6CF1EE, 0x0B95F66D327E8D78});
  CHECK(draw(Rng(1).stream("init"), 1) == std::vector<std::uint64_t>{0x81E49AB23725E7F4});
}

TEST_CASE("streams_follow_from_the_key_alone") {
  Rng parent(7);
  const auto before = draw(parent.stream("shuffle"));
  parent.next();
  CHECK(draw(parent.stream("shuffle")) == before);
  CHECK(draw(parent.stream("init")) != before);
  CHECK(draw(parent.stream(std::uint64_t{1})) != draw(parent.stream(std::uint64_t{2})));
  CHECK(draw(parent.stream(std::uint64_t{1})) != draw(parent));
}

TEST_CASE("ten_thousand_streams_start_with_different_numbers") {
  const Rng parent(3);
  std::set<std::uint64_t> firsts;
  for (std::uint64_t i = 0; i < 10000; ++i) firsts.insert(draw(parent.stream(i), 1)[0]);
  CHECK(firsts.size() == 10000);
}

TEST_CASE("a_restored_state_continues_the_sequence") {
  Rng rng(5);
  rng.next();
  const Rng::State state = rng.state();
  const auto expected = draw(rng);
  Rng other(99);
  other.restore(state);
  CHECK(draw(other) == expected);
}

TEST_CASE("uniform_numbers_lie_in_their_interval_with_the_right_mean") {
  Rng rng(1);
  double sum = 0, square = 0;
  const int count = 100000;
  for (int i = 0; i < count; ++i) {
    const float u = rng.uniform();
    REQUIRE((0 <= u && u < 1));
    sum += static_cast<double>(u);
    square += static_cast<double>(u) * static_cast<double>(u);
  }
  // Five standard errors of mean and mean square.
  CHECK(std::abs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
  CHECK(std::abs(square / count - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / count));
  for (int i = 0; i < 1000; ++i) {
    const float u = rng.uniform(-2, 3);
    REQUIRE((-2 <= u && u < 3));
  }
}

TEST_CASE("many_uniform_numbers_at_once_are_those_of_as_many_calls") {
  Rng one(3), many(3);
  one.next();
  many.next();
  std::vector<float> numbers(1001);
  many.uniforms(numbers.data(), 1001);
  for (const float number : numbers) REQUIRE(number == one.uniform());
  CHECK(many.state() == one.state());
}

TEST_CASE("normal_numbers_have_mean_zero_variance_one_and_the_right_tails") {
  Rng rng(2);
  double sum = 0, square = 0, fourth = 0;
  const int count = 100000;
  for (int i = 0; i < count; ++i) {
    const double x = static_cast<double>(rng.normal());
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  CHECK(std::abs(sum / count) < 5 / std::sqrt(count));
  CHECK(std::abs(square / count - 1) < 5 * std::sqrt(2.0 / count));
  CHECK(std::abs(fourth / count - 3) < 5 * std::sqrt(96.0 / count));
}

TEST_CASE("below_reaches_every_number_about_equally_often") {
  Rng rng(4);
  const int n = 7, count = 70000;
  std::vector<int> seen(n);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t k = rng.below(n);
    REQUIRE(k < n);
    ++seen[k];
  }
  double chi_squared = 0;  // six degrees of freedom: beyond 22.5 in one of a thousand sequences
  for (const int times : seen) chi_squared += std::pow(times - count / n, 2) / (count / n);
  CHECK(chi_squared < 22.5);
  CHECK(rng.below(1) == 0);
}

}  // namespace nibble::random_test
