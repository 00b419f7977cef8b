#include "autograd/tape_listener.h"

#include <string>
#include <vector>

#include "autograd/ops/elementwise.h"
#include "autograd/var.h"
#include "tests/support/compare.h"

namespace nibble::tape_listener_test {
namespace {

using Heard = std::vector<std::pair<std::string, std::uint64_t>>;

TapeListener::Hear into(Heard& heard) {
  return [&heard](const char* op, std::uint64_t number) { heard.emplace_back(op, number); };
}

}  // namespace

TEST_CASE("tape_listener_hears_each_op_once_in_each_direction") {
  const Var x(Tensor({1}, {3}), true), constant(Tensor({1}, {4}));
  Heard recorded, walked;
  {
    const TapeListener listener(into(recorded), into(walked));
    scaled(constant, 2);  // no gradient wanted: not on the tape
    backward(multiply(add(x, constant), x));
  }
  REQUIRE(recorded.size() == 2);
  CHECK(recorded[0].first == "add");
  CHECK(recorded[1].first == "multiply");
  CHECK(walked == Heard{recorded[1], recorded[0]});
  CHECK(x.gradient()[0] == 3 + 4 + 3);
}

TEST_CASE("tape_listener_hears_nothing_when_it_is_gone") {
  Heard heard;
  { const TapeListener listener(into(heard), into(heard)); }
  const Var x(Tensor({1}, {3}), true);
  backward(scaled(x, 2));
  CHECK(heard.empty());
  CHECK(TapeListener::current() == nullptr);
}

}  // namespace nibble::tape_listener_test
