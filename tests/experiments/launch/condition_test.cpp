#include "experiments/launch/condition.h"

#include <catch2/catch.hpp>
#include <map>

#include "experiments/process/exit_codes.h"

namespace nibble::condition_test {
namespace {

bool holds(const std::string& text) {
  const std::map<std::string, std::string> values{{"quant.weight_bits", "4"},
                                                  {"quant.method", "lsq"},
                                                  {"train.learning_rate", "0.01"},
                                                  {"model.cfg", ""}};
  return Condition(text, "f:1").holds([&](const std::string& key) { return values.at(key); });
}

}  // namespace

TEST_CASE("conditions_compare_numbers_as_numbers_and_texts_as_texts") {
  CHECK(holds("quant.weight_bits = 4"));
  CHECK(holds("quant.weight_bits==4"));
  CHECK_FALSE(holds("quant.weight_bits != 4"));
  CHECK(holds("train.learning_rate = 1e-2"));
  CHECK(holds("train.learning_rate<0.02 and quant.weight_bits >= 4"));
  CHECK_FALSE(holds("train.learning_rate < 0.02 and quant.weight_bits > 4"));
  CHECK(holds("train.learning_rate <= 1e-2"));
  CHECK(holds("quant.method = lsq"));
  CHECK(holds("quant.method != pact"));
  CHECK(holds("model.cfg ="));
  CHECK(Condition().holds([](const std::string&) { return std::string(); }));
}

TEST_CASE("conditions_refuse_what_is_none") {
  CHECK_THROWS_WITH(Condition("quant.method", "f:1"),
                    "f:1: found condition 'quant.method', expected KEY = VALUE, or != < <= > >= for =");
  CHECK_THROWS_WITH(Condition("quant.method = lsq and", "f:1"),
                    "f:1: found condition '', expected KEY = VALUE, or != < <= > >= for =");
  CHECK_THROWS_WITH(holds("quant.method < 4"),
                    "f:1: quant.method < 4 found quant.method = 'lsq', expected numbers on both sides");
}

}  // namespace nibble::condition_test
