// SPDX-License-Identifier: MIT
#include "output/plot/canvas.hpp"

#include <algorithm>
#include <cstdio>

#include "utf8.hpp"

namespace widthwise::program::plot {

namespace {

// A hundredth of a pixel is as fine as anyone sees.
std::string number(double value) {
  char text[64];
  std::string shown(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.2f", value)));
  shown.erase(shown.find_last_not_of('0') + 1);
  if (shown.back() == '.') shown.pop_back();
  return shown == "-0" ? "0" : shown;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string attribute(std::string_view name, double value) {
  return attribute(name, number(value));
}

std::string attributes(const Stroke& stroke) {
  return attribute("stroke", stroke.colour) + attribute("stroke-width", stroke.width) +
         (stroke.dashed ? attribute("stroke-dasharray", "6 4") : "");
}

std::string attributes(const Box& box) {
  return attribute("x", box.x) + attribute("y", box.y) + attribute("width", box.width) +
         attribute("height", box.height);
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      text += i + j <= bytes.size() ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(1, length));
    text.remove_prefix(character.size());
    const auto first = static_cast<unsigned char>(character[0]);
    const bool control = first < 0x20 && first != '\t' && first != '\n' && first != '\r';
    if (length == 0 || control || character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf")
      safe += "\xef\xbf\xbd";
    else if (first == '&')
      safe += "&amp;";
    else if (first == '<')
      safe += "&lt;";
    else if (first == '>')
      safe += "&gt;";
    else if (first == '"')
      safe += "&quot;";
    else if (first == '\'')
      safe += "&#39;";
    else
      safe += character;
  }
  return safe;
}

double text_width(std::string_view text, double size) {
  return 0.6 * size * static_cast<double>(character_count(text));
}

Canvas::Canvas(double width, double height) {
  elements_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", width) +
              attribute("height", height) +
              attribute("viewBox", "0 0 " + number(width) + " " + number(height)) +
              " font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n";
  box({0, 0, width, height}, "#ffffff");
}

void Canvas::text(Point at, std::string_view text, const TextStyle& style) {
  elements_ += "<text" + attribute("x", at.x) + attribute("y", at.y) + attribute("font-size", style.size) +
               attribute("text-anchor", style.anchor) + attribute("fill", style.colour) +
               (style.bold ? attribute("font-weight", "bold") : "");
  if (style.upwards)
    elements_ += attribute("transform", "rotate(-90 " + number(at.x) + " " + number(at.y) + ")");
  elements_ += ">" + escaped(text);
  if (!style.exponent.empty())
    elements_ += "<tspan" + attribute("dy", -0.4 * style.size) + attribute("font-size", 0.75 * style.size) +
                 ">" + escaped(style.exponent) + "</tspan>";
  elements_ += "</text>\n";
}

void Canvas::line(Point from, Point to, const Stroke& stroke) {
  elements_ += "<line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
               attribute("y2", to.y) + attributes(stroke) + "/>\n";
}

void Canvas::path(const std::vector<Point>& points, const Stroke& stroke) {
  std::string list;
  for (const Point& point : points)
    list += (list.empty() ? "" : " ") + number(point.x) + "," + number(point.y);
  elements_ += "<polyline" + attribute("points", list) + " fill=\"none\" stroke-linejoin=\"round\"" +
               attributes(stroke) + "/>\n";
}

void Canvas::circle(Point centre, double radius, std::string_view fill) {
  elements_ += "<circle" + attribute("cx", centre.x) + attribute("cy", centre.y) + attribute("r", radius) +
               attribute("fill", fill) + "/>\n";
}

void Canvas::box(const Box& box, std::string_view fill) {
  elements_ += "<rect" + attributes(box) + attribute("fill", fill) + "/>\n";
}

void Canvas::image(const Box& box, std::string_view png) {
  elements_ +=
      "<image" + attributes(box) +
      " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64," +
      base64(png) + "\"/>\n";
}

}  // namespace widthwise::program::plot
