// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "output/plot/canvas.hpp"
#include "output/plot/colours.hpp"
#include "output/plot/figure.hpp"
#include "output/plot/scale.hpp"
#include "support/catch.hpp"

using namespace widthwise;
using namespace widthwise::program::plot;

namespace {

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> texts;
  for (const Tick& tick : ticks)
    if (!tick.minor()) texts.push_back(tick.text + (tick.exponent.empty() ? "" : "^" + tick.exponent));
  return texts;
}

using Texts = std::vector<std::string>;

std::string error_of(const Panel& panel) {
  try {
    svg({"", "", {{panel}}});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

std::size_t count_of(const std::string& text, const std::string& piece) {
  std::size_t count = 0;
  for (auto at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++count;
  return count;
}

const LinePanel lines{
    "lines", {.label = "x"}, {.label = "y"}, {{"a", {1, 2, 3}, {4, 5, 6}}, {"b", {1, 3}, {6, 4}}}};

}  // namespace

TEST_CASE("ticks stand at round numbers") {
  CHECK(labels(ticks({Spacing::linear, 0, 10}, 5)) == Texts{"0", "2", "4", "6", "8", "10"});
  CHECK(labels(ticks({Spacing::linear, -0.3, 0.31}, 5)) == Texts{"−0.2", "0.0", "0.2"});
  CHECK(labels(ticks({Spacing::linear, 1.2, 3.4}, 9, true)) == Texts{"2", "3"});
  CHECK(labels(ticks({Spacing::linear, 0, 2e-5}, 4)) ==
        Texts{"0", "0.5×10^−5", "1.0×10^−5", "1.5×10^−5", "2.0×10^−5"});
  CHECK(labels(ticks({Spacing::logarithmic, 0.5, 200}, 5)) == Texts{"1", "10", "100"});
  CHECK(labels(ticks({Spacing::logarithmic, 1e-7, 2e-3}, 8)) ==
        Texts{"10^−7", "10^−6", "10^−5", "10^−4", "10^−3"});
  CHECK(labels(ticks({Spacing::logarithmic, 60, 2100}, 6)) == Texts{"100", "200", "500", "1000", "2000"});
  CHECK(labels(ticks({Spacing::logarithmic, 12, 45}, 6)) == Texts{"20", "30", "40"});
  CHECK(labels(ticks({Spacing::logarithmic, 1.01, 1.09}, 4)) == Texts{"1.02", "1.04", "1.06", "1.08"});
  CHECK(labels(ticks({Spacing::logarithmic, 1e-30, 1e30}, 6)).size() >= 3);
}

TEST_CASE("there are never many ticks, nor none") {
  for (const double size : {1e-300, 1e-12, 1e-3, 1.0, 7.0, 1e12, 1e290})
    for (const double relative : {0.0, 1e-15, 1e-6, 0.5, 3.0})
      for (const Spacing spacing : {Spacing::linear, Spacing::logarithmic}) {
        const auto count = labels(ticks(fit({.spacing = spacing}, size, size * (1 + relative)), 6)).size();
        CHECK(count >= 2);
        CHECK(count <= 15);
      }
}

TEST_CASE("a scale puts its ends at the ends and the data inside") {
  const Scale linear = fit({}, 2, 6), logarithmic = fit({.spacing = Spacing::logarithmic}, 0.01, 100);
  for (const Scale& scale : {linear, logarithmic}) {
    CHECK(scale.place(scale.low) == Approx(0).margin(1e-12));
    CHECK(scale.place(scale.high) == Approx(1));
  }
  CHECK(linear.low < 2);
  CHECK(linear.high > 6);
  CHECK(linear.place(4) == Approx(0.5));
  CHECK(logarithmic.place(1) == Approx(0.5));
  const Scale asked = fit({.range = std::pair(0.0, 1.0)}, 0.2, 0.5);
  CHECK(asked.low == 0);
  CHECK(asked.high == 1);
  CHECK(fit({.range = std::pair(0.0, 1.0)}, 0.2, 3).high > 3);
}

TEST_CASE("numbers over more than a factor of twenty get a logarithmic axis") {
  CHECK(spacing_for({1, 19}) == Spacing::linear);
  CHECK(spacing_for({1, 21}) == Spacing::logarithmic);
  CHECK(spacing_for({-1, 21}) == Spacing::linear);
  CHECK(spacing_for({0, 21}) == Spacing::linear);
  CHECK(spacing_for({}) == Spacing::linear);
}

TEST_CASE("no text breaks the document") {
  CHECK(escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  CHECK(escaped("Θ\x01\xff") == "Θ\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(escaped("\xef\xbf\xbf") == "\xef\xbf\xbd");
  const std::string evil = "</text><script>&";
  LinePanel panel{evil, {.label = evil}, {.label = evil}, {{evil, {1}, {1}}, {evil + "2", {1}, {1}}}};
  const BarPanel bars{evil, evil, evil, {evil}, {{evil, {1}}, {evil, {2}}}};
  const HeatPanel heat{evil, Matrix<double>::Identity(1, 2), evil, evil, evil, {evil}, {evil, evil}};
  const std::string text = svg({evil, evil, {{panel, bars}, {heat}}});
  CHECK(text.find("<script") == std::string::npos);
  CHECK(count_of(text, "&lt;/text&gt;&lt;script&gt;&amp;") == 2 + 5 + 6 + 7);
}

TEST_CASE("every element of a document ends") {
  BarPanel bars{"bars", "x", "y", {"stem", "2"}, {{"W", {1, 2}}, {"X", {0, 1}}}};
  HeatPanel heat{"heat", Matrix<double>::Random(3, 4), "r", "c", "v"};
  heat.square = true;
  heat.dividers = {1};
  const std::string text = svg({"title", "subtitle", {{lines, bars}, {heat}}});
  CHECK(text.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0) == 0);
  CHECK(count_of(text, "<text") == count_of(text, "</text>"));
  CHECK(count_of(text, "<polyline") == 2);
  CHECK(count_of(text, "<image") == 2);
  CHECK(text.substr(text.size() - 7) == "</svg>\n");
  CHECK_FALSE(std::regex_search(text, std::regex("nan|inf")));
}

TEST_CASE("stacked bars are as high as their layers, one on the other") {
  const std::string text = svg({"", "", {{BarPanel{"", "", "", {"a"}, {{"W", {1}}, {"X", {3}}}}}}});
  const auto box_of = [&](std::size_t layer) {
    const std::regex box("y=\"([0-9.]+)\" width=\"[0-9.]+\" height=\"([0-9.]+)\" fill=\"" +
                         std::string(area_colour(layer)));
    std::vector<std::pair<double, double>> boxes;  // top and height: that of the legend, then that of the bar
    for (std::sregex_iterator match(text.begin(), text.end(), box), end; match != end; ++match)
      boxes.emplace_back(std::stod((*match)[1]), std::stod((*match)[2]));
    REQUIRE(boxes.size() == 2);
    return boxes.back();
  };
  const auto [low_top, low_height] = box_of(0);
  const auto [high_top, high_height] = box_of(1);
  CHECK(high_height == Approx(3 * low_height).margin(0.03));
  CHECK(high_top + high_height == Approx(low_top).margin(0.03));
}

TEST_CASE("colours run from end to end, and diverge from white at zero") {
  CHECK(ColourMap::sequential().at(0) == Rgb{68, 1, 84});
  CHECK(ColourMap::sequential().at(1) == Rgb{253, 231, 37});
  CHECK(ColourMap::diverging().at(0.5) == Rgb{247, 247, 247});
  CHECK(ColourMap::sequential().at(7) == ColourMap::sequential().at(1));
}

TEST_CASE("data that cannot be drawn are refused by name") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  LinePanel panel = lines;
  CHECK(error_of(panel) == "no error");
  panel.series[1].y[1] = nan;
  CHECK(error_of(panel) == "plot \"lines\": series \"b\" has an entry that cannot be drawn: number 1 is nan");
  panel = lines;
  panel.series[0].errors = {1, infinity, 1};
  CHECK(error_of(panel) == "plot \"lines\": series \"a\" has an entry that cannot be drawn: number 1 is inf");
  panel = lines;
  panel.series[0].x = {1};
  CHECK(error_of(panel) == "plot \"lines\": series \"a\" has 1 x, 3 y and 0 errors");
  panel = lines;
  panel.y.spacing = Spacing::logarithmic;
  panel.series[0].y[0] = 0;
  CHECK(error_of(panel) == "plot \"lines\": series \"a\" has 0 on a logarithmic axis");
  CHECK(error_of(LinePanel{"lines"}) == "plot \"lines\" has no series");

  CHECK(error_of(BarPanel{"bars", "", "", {"a"}, {{"W", {-1}}}}) ==
        "plot \"bars\": layer \"W\" has the negative height -1");
  CHECK(error_of(BarPanel{"bars", "", "", {"a"}, {{"W", {1, 2}}}}) ==
        "plot \"bars\": layer \"W\" has 2 heights for 1 bars");
  CHECK(error_of(BarPanel{"bars"}) == "plot \"bars\" has no bars");

  CHECK(error_of(HeatPanel{"heat", Matrix<double>::Constant(2, 2, nan)}) ==
        "plot \"heat\" has a value that cannot be drawn: entry (0, 0) is nan");
  CHECK(error_of(HeatPanel{"heat"}) == "plot \"heat\" has no values");
  CHECK(error_of(HeatPanel{"heat", Matrix<double>::Zero(2, 2), "", "", "", {"a"}}) ==
        "plot \"heat\" has 1 names for 2 rows");
}

TEST_CASE("extreme but finite data make a document") {
  LinePanel panel = lines;
  panel.y.spacing = Spacing::logarithmic;
  panel.series[0].y = {1e-300, 1, 1e300};
  panel.series[0].errors = {1, 1e300, 1};
  const HeatPanel constant{"heat", Matrix<double>::Zero(3, 3)},
      tiny{"heat", Matrix<double>::Constant(2, 2, 1e-310)};
  const BarPanel empty{"bars", "", "", {"a"}, {{"W", {0}}}};
  const std::string text = svg({"", "", {{panel, constant, tiny, empty}}});
  // Every attribute's value stands between an odd quotation mark and the next.
  std::istringstream parts(text);
  std::string part;
  for (bool quoted = false; std::getline(parts, part, '"'); quoted = !quoted)
    if (quoted) CHECK((part.find("nan") == std::string::npos && part.find("inf") == std::string::npos));
}

TEST_CASE("lines whose colours come round again are dashed") {
  LinePanel many = lines;
  for (const char* label : {"c", "d", "e", "f", "g"}) many.series.push_back({label, {1, 3}, {5, 5}});
  CHECK(count_of(svg({"", "", {{many}}}), "stroke-dasharray") == 0);
  many.series.push_back({"h", {1, 3}, {4, 5}});
  CHECK(count_of(svg({"", "", {{many}}}), "stroke-dasharray") == 2);  // the line and its key
  many.series.back().colour = 2;
  CHECK(count_of(svg({"", "", {{many}}}), "stroke-dasharray") == 0);
}
