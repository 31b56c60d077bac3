// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace widthwise::program::plot {

struct Point {
  double x, y;
};

/// A rectangle in pixels; y counts from the top.
struct Box {
  double x, y, width, height;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

/// Text of an SVG attribute or element: &, <, > and quotes are escaped, and what XML cannot hold becomes
/// U+FFFD.
std::string escaped(std::string_view text);

struct TextStyle {
  double size = 12;
  std::string_view anchor = "start";  ///< start, middle or end
  std::string_view colour = "#333333";
  bool bold = false;
  bool upwards = false;       ///< turned to be read from the right
  std::string exponent = {};  ///< raised, after the text
};

/// About how wide a text is drawn, on the safe side for common fonts.
double text_width(std::string_view text, double size);

struct Stroke {
  std::string_view colour = "#333333";
  double width = 1;
  bool dashed = false;
};

/// Collects the elements of an SVG document of a size, on a white ground.
class Canvas {
 public:
  Canvas(double width, double height);

  void text(Point at, std::string_view text, const TextStyle& style);
  void line(Point from, Point to, const Stroke& stroke);
  void path(const std::vector<Point>& points, const Stroke& stroke);
  void circle(Point centre, double radius, std::string_view fill);
  void box(const Box& box, std::string_view fill);
  /// A PNG file's bytes, stretched over a box with hard pixels.
  void image(const Box& box, std::string_view png);

  std::string document() const { return elements_ + "</svg>\n"; }

 private:
  std::string elements_;
};

}  // namespace widthwise::program::plot
