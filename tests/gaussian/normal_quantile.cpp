// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/normal_quantile.hpp"

#include <boost/math/distributions/normal.hpp>

#include "support/catch.hpp"

using namespace widthwise;

using Digits = Eigen::Array<std::uint32_t, Eigen::Dynamic, 1>;

TEST_CASE("normal quantiles are those of Boost to single precision", "[gaussian]") {
  Digits digits(3001);
  for (Index i = 0; i < digits.size(); ++i) digits(i) = static_cast<std::uint32_t>(i) * 2654435761u;
  digits.head(9) << 0, 1, 2, 100, 100000, 0x80000000u, 0x7fffffffu, 0xfffffffeu, 0xffffffffu;
  const Eigen::ArrayXf quantiles = normal_quantile(digits);
  const boost::math::normal normal;
  for (Index i = 0; i < digits.size(); ++i) {
    const bool lower = digits(i) < 0x80000000u;
    const double tail = (static_cast<double>(lower ? digits(i) : ~digits(i)) + 0.5) / 4294967296.0;
    const double expected = boost::math::quantile(normal, tail) * (lower ? 1 : -1);
    CAPTURE(digits(i));
    CHECK(std::abs(quantiles(i) / expected - 1) < 5e-7);
  }
}

TEST_CASE("normal quantiles of any number of digits, odd about one half", "[gaussian]") {
  for (const Index count : {1, 15, 16, 17, 50}) {
    const Digits digits = Digits::LinSpaced(count, 12345, 2000000000);
    const Eigen::ArrayXf below = normal_quantile(digits);
    const Eigen::ArrayXf above = normal_quantile(digits.unaryExpr([](std::uint32_t u) { return ~u; }));
    CHECK(below.size() == count);
    CHECK((below + above).abs().maxCoeff() < 1e-6f);
  }
}
