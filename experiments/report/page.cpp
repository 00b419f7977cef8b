#include "experiments/report/page.h"

#include <algorithm>

#include "core/check.h"
#include "experiments/process/svg.h"
#include "experiments/report/json_numbers.h"
#include "experiments/report/page_files.h"

namespace nibble::report {
namespace {

// In the order in which they are loaded: each may use those in front.
constexpr const char* kScripts[] = {
    "uPlot.iife.min.js", "dom.js",        "numbers.js",    "colours.js", "svg.js",        "figure.js",
    "lines_svg.js",      "lines.js",      "heatmap.js",    "bars.js",    "table.js",      "run.js",
    "run_tables.js",     "answers.js",    "quantizers.js", "groups.js",  "comparison.js", "parallel.js",
    "importance.js",     "runs_table.js", "study.js",      "main.js"};
constexpr const char* kStyles[] = {"uPlot.min.css", "style.css"};

std::string_view page_file(std::string_view name) {
  for (const EmbeddedFile& file : page_files())
    if (file.name == name) return file.text;
  fail("report: no file ", name, " is in the program");
}

std::string page_text(std::string_view mark) {
  std::string text;
  if (mark == "style") {
    for (const char* name : kStyles) text += std::string(page_file(name)) + "\n";
  } else if (mark == "scripts") {
    for (const char* name : kScripts) text += "<script>\n" + std::string(page_file(name)) + "</script>\n";
  } else if (mark == "licence") {
    text = page_file("LICENSE");
  } else {
    fail("report: page/index.html has a place for '", mark,
         "', expected title, style, data, licence or scripts");
  }
  return text;
}

}  // namespace

std::string html_page(const std::string& title, const nlohmann::ordered_json& data) {
  std::string page;
  std::string_view rest = page_file("index.html");
  for (std::size_t at; (at = rest.find("{{")) != std::string_view::npos;) {
    const std::size_t end = rest.find("}}", at);
    check(end != std::string_view::npos, "report: page/index.html has a place that does not end");
    const std::string_view mark = rest.substr(at + 2, end - at - 2);
    page += rest.substr(0, at);
    page += mark == "title" ? escape_xml(title) : mark == "data" ? json_for_html(data) : page_text(mark);
    rest.remove_prefix(end + 2);
  }
  return page.append(rest);
}

}  // namespace nibble::report
