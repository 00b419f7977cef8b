#include "bench/roofline.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/sample_profile.h"
#include "tests/support/well_formed.h"

namespace nibble::bench::roofline_test {
namespace {

const MachinePeaks kPeaks{2, 2e11, 4e11, 8e11, 2e11, 1.5e11, 3e10};

// With a name that XML has to escape.
StepProfile odd_profile() {
  StepProfile profile = sample_profile();
  profile.rows[0].node = "layer1/0/conv<1>";
  return profile;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("roofline_draws_a_dot_for_each_layer_and_pass_that_computes") {
  const std::string svg = roofline_svg({odd_profile()}, kPeaks);
  CHECK(xml_fault(svg) == "");
  CHECK(count(svg, "<circle") ==
        5);  // two of conv, two of bn, the optimizer; what the third row computes is not known
  CHECK_THAT(svg, Catch::Contains("layer1/0/conv&lt;1&gt;, backward\nconvolutions\n30.0 ms, "));
  CHECK_THAT(svg, Catch::Contains("133 GOP/s"));
  for (const char* roof : {"float32 200 GOP/s", "bfloat16 400 GOP/s", "int8 800 GOP/s", "memory 30.0 GB/s"})
    CHECK_THAT(svg, Catch::Contains(roof));
}

TEST_CASE("roofline_gives_each_kind_a_colour_and_each_layer_one_name") {
  const std::string svg = roofline_svg({odd_profile()}, kPeaks);
  std::set<std::string> colours;
  for (int kind = 0; kind <= static_cast<int>(ProfileKind::rest); ++kind) {
    const std::size_t at = svg.find(str(".k", kind, " { fill: "));
    REQUIRE(at != std::string::npos);
    CHECK(colours.insert(svg.substr(svg.find('#', at), 7)).second);
  }
  CHECK(count(svg, ">layer1/0/conv&lt;1&gt; ") <= 1);
}

TEST_CASE("roofline_has_a_panel_for_each_profile") {
  const std::string two = roofline_svg({odd_profile(), odd_profile()}, kPeaks);
  CHECK(xml_fault(two) == "");
  CHECK(count(two, "class=\"panel\"") == 2);
  CHECK_THROWS_WITH(roofline_svg({}, kPeaks), Catch::Contains("found no profile"));
}

TEST_CASE("roofline_leaves_out_roofs_that_a_machine_has_not") {
  MachinePeaks old = kPeaks;
  old.int8 = old.bfloat16 = 0;
  const std::string svg = roofline_svg({odd_profile()}, old);
  CHECK(xml_fault(svg) == "");
  CHECK_THAT(svg, !Catch::Contains("int8 "));
}

}  // namespace nibble::bench::roofline_test
