#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nibble::report {

// Ordered, as the tables of results: one kind of JSON is compiled, not two.

/// A number with so many significant digits, in the fewest characters; null for NaN and infinities, which
/// JSON has not.
nlohmann::ordered_json short_number(double value, int digits);
nlohmann::ordered_json short_numbers(const std::vector<double>& values, int digits);

/// Bytes as text of A-Z, a-z, 0-9, + and / (RFC 4648).
std::string base64(const std::string& bytes);

/// JSON that may stand in a <script> of an HTML page: no "<" is in it. Bytes that are no UTF-8 become U+FFFD.
std::string json_for_html(const nlohmann::ordered_json& data);

}  // namespace nibble::report
