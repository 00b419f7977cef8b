#pragma once

#include <string>

namespace nibble::bench {

/// A picture in the making: elements in the order in which they are painted, coordinates in pixels from the
/// upper left corner. Looks are CSS classes of the style that the picture brings along, so it needs no other
/// file.
class Svg {
 public:
  Svg(double width, double height, const std::string& style);

  void line(double x1, double y1, double x2, double y2, const std::string& css_class);
  void rectangle(double x, double y, double width, double height, const std::string& css_class,
                 const std::string& title = "");
  /// title: what appears where the mouse rests.
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

/// Text as XML wants it: & < > and quotes written as entities.
std::string escape_xml(const std::string& text);

}  // namespace nibble::bench
