#include "experiments/report/json_numbers.h"

#include <catch2/catch.hpp>
#include <limits>

namespace nibble::report::json_numbers_test {

TEST_CASE("numbers_take_few_characters") {
  CHECK(short_number(0.1F, 6).dump() == "0.1");
  CHECK(short_number(2.302585093, 6).dump() == "2.30259");
  CHECK(short_number(2.302585093, 3).dump() == "2.3");
  CHECK(short_number(12.0, 6).dump() == "12");
  CHECK(short_number(-0.0, 6).dump() == "0");
  CHECK(short_number(1.5e-9, 6).dump() == "1.5e-09");
  CHECK(short_number(1e300, 6).dump() == "1e+300");
  CHECK(short_number(123456789, 6).dump() == "123457000");
}

TEST_CASE("what_is_no_number_becomes_null") {
  CHECK(
      short_numbers({std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1}, 6)
          .dump() == "[null,null,1]");
}

TEST_CASE("json_in_a_page_cannot_end_its_script") {
  const nlohmann::ordered_json data{{"</script><!--", "a<b>\"'&"}};
  const std::string text = json_for_html(data);
  CHECK(text.find('<') == std::string::npos);
  CHECK(nlohmann::ordered_json::parse(text) == data);
}

TEST_CASE("bytes_that_are_no_text_do_not_break_the_page") {
  CHECK(nlohmann::ordered_json::parse(json_for_html({{"name",
                                                      "a\xff"
                                                      "b"}}))["name"] ==
        "a\xef\xbf\xbd"
        "b");
}

TEST_CASE("base64_has_the_letters_of_the_rfc") {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) CHECK(report::base64(bytes) == text);
  CHECK(report::base64("\xfb\xff\xfe") == "+//+");
}

}  // namespace nibble::report::json_numbers_test
