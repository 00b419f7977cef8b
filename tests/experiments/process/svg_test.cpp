#include "experiments/process/svg.h"

#include <catch2/catch.hpp>

#include "tests/support/well_formed.h"

namespace nibble::svg_test {

TEST_CASE("svg_is_well_formed_whatever_names_hold") {
  Svg svg(100, 50, "a > b { x: \"y\" }");
  svg.line(0, 0, 10, 10, "grid");
  svg.rectangle(1, 2, 3, 4, "box", "a <title> & \"more\"");
  svg.circle(5, 5, 2.25, "k\"1\"", "x");
  svg.text(1, 1, "1 < 2 && 3 > 2", "name");
  svg.text_rising(1, 1, 45, "up & up", "name");
  const std::string text = svg.finish();
  CHECK(xml_fault(text) == "");
  CHECK_THAT(text, Catch::Contains("1 &lt; 2 &amp;&amp; 3 &gt; 2"));
  CHECK_THAT(text, Catch::Contains("rotate(-45)"));
  CHECK_THAT(text, Catch::Contains("r=\"2.3\""));
}

TEST_CASE("xml_fault_finds_what_is_wrong") {
  CHECK(xml_fault("<a><b x=\"1\"/>text &amp; more</a>") == "");
  CHECK_FALSE(xml_fault("<a><b></a>").empty());
  CHECK_FALSE(xml_fault("<a>1 & 2</a>").empty());
  CHECK_FALSE(xml_fault("<a x=1/>").empty());
  CHECK_FALSE(xml_fault("<a/><b/>").empty());
  CHECK_FALSE(xml_fault("<a").empty());
}

}  // namespace nibble::svg_test
