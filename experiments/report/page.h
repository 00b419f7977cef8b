#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nibble::report {

/// One HTML page that needs nothing else, no network either: page/index.html with style, scripts and data
/// in the places that it marks {{style}}, {{title}}, {{data}} and {{scripts}}. The content security policy
/// of the page forbids to load anything.
std::string html_page(const std::string& title, const nlohmann::ordered_json& data);

}  // namespace nibble::report
