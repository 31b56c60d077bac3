// SPDX-License-Identifier: MIT
// The orders that shapes are given, against squared gradients in real networks that jax differentiated.
#include <cmath>

#include "support/catch.hpp"
#include "support/json.hpp"
#include "widthwise/scaling/shapes.hpp"

using namespace widthwise;

namespace {

// The slope of log y over log x.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  const double count = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = std::log(x[i]), b = std::log(y[i]);
    sx += a, sy += b, sxx += a * a, sxy += a * b;
  }
  return (count * sxy - sx * sy) / (count * sxx - sx * sx);
}

}  // namespace

TEST_CASE("grouped keys, gates, biases and gains have the orders that shapes give them", "[reference]") {
  const nlohmann::json cases = test::reference_table("shape_orders.json")["cases"];
  const nlohmann::json models = cases[GENERATE_COPY(range(std::size_t(0), cases.size()))]["models"];
  std::vector<TensorList> lists;
  for (const auto& model : models) {
    lists.emplace_back();
    for (const auto& [name, shape] : model["shapes"].items()) lists.back().push_back({name, shape});
  }
  std::vector<ShapedModel> read;
  for (std::size_t i = 0; i < lists.size(); ++i) read.push_back(read_shapes(lists, {}, i));

  for (std::size_t group = 0; group < read[0].groups.groups.size(); ++group) {
    const std::string tensor = read[0].tensors[group], name = read[0].groups.groups[group].name;
    CAPTURE(tensor, name);
    std::vector<double> widths, measured, stated;
    for (std::size_t i = 0; i < read.size(); ++i) {
      const ParameterGroup& at = read[i].groups.groups[group];
      widths.push_back(models[i]["width"]);
      measured.push_back(models[i]["squared_gradient"][tensor]);
      stated.push_back(at.order.value());
      // Of an embedding one row is lit at a time, of the head one output is looked at.
      if (name != "WE" && name != "PE") CHECK(at.active.value() == static_cast<double>(at.parameters()));
    }
    if (name == "K_bias") {  // softmax does not see what is added to all keys
      for (const double value : measured) CHECK(value < 1e-12);
      continue;
    }
    CHECK(std::abs(slope(widths, measured) - slope(widths, stated)) < 0.08);
    CHECK(measured.back() / stated.back() > 0.01);
    CHECK(measured.back() / stated.back() < 2);
  }
}
