#include "experiments/report/json_numbers.h"

#include <fmt/format.h>
#include <charconv>
#include <cmath>

namespace nibble::report {

nlohmann::ordered_json short_number(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  const std::string text = fmt::format("{:.{}g}", value, digits);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  constexpr double kWhole = 1e15;  // below, "12" stands for "12.0"
  if (std::abs(rounded) < kWhole && rounded == std::trunc(rounded)) return static_cast<long>(rounded);
  return rounded;
}

nlohmann::ordered_json short_numbers(const std::vector<double>& values, int digits) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const double value : values) list.push_back(short_number(value, digits));
  return list;
}

std::string json_for_html(const nlohmann::ordered_json& data) {
  const std::string text = data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {  // in JSON, "<" stands in strings only
    if (c == '<')
      escaped += "\\u003c";
    else
      escaped += c;
  }
  return escaped;
}

std::string base64(const std::string& bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8U | (k < n ? static_cast<std::uint8_t>(bytes[i + k]) : std::uint8_t{0});
    for (std::size_t k = 0; k < 4; ++k) text += k <= n ? kLetters[three >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

}  // namespace nibble::report
