#pragma once

#include <string>

namespace nibble {

/// Builds a picture. Elements are painted in the order of the calls. Coordinates are in pixels from the upper
/// left corner. The picture contains its style, whose CSS classes the elements name, so it needs no other
/// file.
class Svg {
 public:
  Svg(double width, double height, const std::string& style);

  void line(double x1, double y1, double x2, double y2, const std::string& css_class);
  void rectangle(double x, double y, double width, double height, const std::string& css_class,
                 const std::string& title = "");
  /// title: the text that appears where the mouse rests.
  void circle(double x, double y, double radius, const std::string& css_class, const std::string& title = "");
  void text(double x, double y, const std::string& text, const std::string& css_class);
  /// Text along a line that rises to the right by so many degrees.
  void text_rising(double x, double y, double degrees, const std::string& text, const std::string& css_class);

  /// The whole file.
  std::string finish() const;

 private:
  void add(const std::string& element, const std::string& content);

  std::string head_, body_;
};

/// What our pictures have in common: page, panel, title, subtitle, head, grid; numbers below (x) and beside
/// (y) an axis.
const std::string& house_style();

/// Text for XML: & < > and quotes as entities.
std::string escape_xml(const std::string& text);

}  // namespace nibble
