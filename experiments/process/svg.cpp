#include "experiments/process/svg.h"

#include <cmath>

#include "core/check.h"

namespace nibble {

namespace {

// Tenths of a pixel are exact enough and keep the file small.
double tenths(double value) { return std::round(10 * value) / 10; }

std::string attribute(const char* name, double value) { return str(" ", name, "=\"", tenths(value), "\""); }
std::string attribute(const char* name, const std::string& value) {
  return str(" ", name, "=\"", escape_xml(value), "\"");
}

std::string titled(const std::string& title) {
  return title.empty() ? "" : "<title>" + escape_xml(title) + "</title>";
}

}  // namespace

std::string escape_xml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

const std::string& house_style() {
  static const std::string style = R"(
text { font-family: "DejaVu Sans", Helvetica, Arial, sans-serif; font-size: 12px; fill: #334155; }
.page { fill: #ffffff; } .panel { fill: #f8fafc; stroke: #cbd5e1; }
.title { font-size: 19px; font-weight: bold; fill: #0f172a; } .subtitle { font-size: 13px; fill: #64748b; }
.head { font-size: 14px; font-weight: bold; fill: #0f172a; }
.grid { stroke: #e2e8f0; } .x { text-anchor: middle; } .y { text-anchor: end; }
)";
  return style;
}

Svg::Svg(double width, double height, const std::string& style)
    : head_(str("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", height,
                "\" viewBox=\"0 0 ", width, " ", height, "\">\n<style>", escape_xml(style), "</style>\n")) {}

void Svg::add(const std::string& element, const std::string& content) {
  const std::string name = element.substr(0, element.find(' '));
  body_ += content.empty() ? "<" + element + "/>\n" : "<" + element + ">" + content + "</" + name + ">\n";
}

void Svg::line(double x1, double y1, double x2, double y2, const std::string& css_class) {
  add("line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) +
          attribute("class", css_class),
      "");
}

void Svg::rectangle(double x, double y, double width, double height, const std::string& css_class,
                    const std::string& title) {
  add("rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
          attribute("height", height) + attribute("class", css_class),
      titled(title));
}

void Svg::circle(double x, double y, double radius, const std::string& css_class, const std::string& title) {
  add("circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
          attribute("class", css_class),
      titled(title));
}

void Svg::text(double x, double y, const std::string& text, const std::string& css_class) {
  add("text" + attribute("x", x) + attribute("y", y) + attribute("class", css_class), escape_xml(text));
}

void Svg::text_rising(double x, double y, double degrees, const std::string& text,
                      const std::string& css_class) {
  add("text" +
          attribute("transform",
                    str("translate(", tenths(x), " ", tenths(y), ") rotate(", tenths(-degrees), ")")) +
          attribute("class", css_class),
      escape_xml(text));
}

std::string Svg::finish() const { return head_ + body_ + "</svg>\n"; }

}  // namespace nibble
