// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/panels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

using One = Eigen::Array<double, 1, 1>;

/// A function of one component.
auto single(auto f) {
  return [f](double x) {
    return One(f(x));
  };
}

double narrowest(const Panels<double>& panels) {
  double width = INFINITY;
  for (std::size_t i = 1; i < panels.edges.size(); ++i)
    width = std::min(width, panels.edges[i] - panels.edges[i - 1]);
  return width;
}

}  // namespace

TEST_CASE("panels cover what the largest deviation reaches, in order", "[gaussian]") {
  const auto panels = resolve(single([](double x) { return std::tanh(x); }), {}, 0.5, 2.0);
  CHECK(panels.reach == Approx(12).epsilon(0.01));
  CHECK(panels.edges.front() <= -24);
  CHECK(panels.edges.back() >= 24);
  CHECK(std::is_sorted(panels.edges.begin(), panels.edges.end()));
  CHECK(panels.edges.size() < 20);
}

TEST_CASE("a steep place is resolved, wherever it lies", "[gaussian]") {
  for (const double place : {0.0, 1.0, -0.3}) {
    INFO("at " << place);
    CHECK(narrowest(resolve(single([&](double x) { return std::tanh(5e4 * (x - place)); }), {}, 1.0, 1.0)) <
          1e-4);
  }
  CHECK(resolve(single([](double x) { return std::sin(20 * x); }), {}, 1.0, 1.0).edges.size() > 20);
}

TEST_CASE("a kink that is named costs nothing, one that is not is found", "[gaussian]") {
  const auto f = single([](double x) { return std::abs(x - 0.3); });
  const auto named = resolve(f, {0.3}, 1.0, 1.0), found = resolve(f, {}, 1.0, 1.0);
  CHECK(std::binary_search(named.edges.begin(), named.edges.end(), 0.3));
  CHECK(narrowest(named) > 1);
  CHECK(narrowest(found) < 1e-4);
}

TEST_CASE("an f that grows fast is followed further out", "[gaussian]") {
  CHECK(resolve(single([](double x) { return std::exp(x); }), {}, 3.0, 3.0).reach > 15);
}

TEST_CASE("what cannot be integrated is refused", "[gaussian]") {
  CHECK_THROWS_WITH(resolve(single([](double x) { return std::exp(0.3 * x * x); }), {}, 1.0, 1.0),
                    ContainsSubstring("grows too fast"));
  CHECK_THROWS_WITH(resolve(single([](double x) { return x < 3 ? x : NAN; }), {}, 1.0, 1.0),
                    ContainsSubstring("not finite"));
  CHECK_THROWS_WITH(resolve(single([](double x) { return std::sin(1e7 * x); }), {}, 1.0, 1.0),
                    ContainsSubstring("too rough"));
}
