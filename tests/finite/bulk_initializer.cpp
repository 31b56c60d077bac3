// SPDX-License-Identifier: MIT
#include "widthwise/finite/bulk_initializer.hpp"

#include <functional>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

template <class Scalar = double, class Law = distribution::Normal>
std::vector<Scalar> filled(std::size_t count, const Law& law = {}, double deviation = 1,
                           std::uint64_t seed = 3) {
  std::vector<Scalar> values(count);
  initialize_in_bulk(std::span(values), law, deviation, Stream(seed));
  return values;
}

double normal_mass(double x) {
  return std::erfc(-x / std::numbers::sqrt2) / 2;
}

// Signs, drawn one by one: no normal law, whatever it derives from.
struct Coin : distribution::Normal {
  double operator()(std::mt19937_64& generator) const { return generator() >> 63 ? 1 : -1; }
};

}  // namespace

TEST_CASE("values drawn in bulk are the law's quantiles at the stream's digits", "[finite]") {
  constexpr std::size_t count = 200000;
  const auto check = [&](const auto& law, double bound, const std::function<double(double)>& mass) {
    const auto values = filled(count, law, 0.5);
    double mean = 0, variance = 0, worst = 0;
    PhiloxBlock digits{};
    for (std::size_t i = 0; i < count; ++i) {
      if (i % digits.size() == 0) digits = philox_block(Stream(3), i / digits.size());
      const double x = values[i] / 0.5;
      worst = std::max(worst, std::abs(mass(x) - (digits[i % digits.size()] + 0.5) * 0x1p-32));
      mean += x / count;
      variance += x * x / count;
      if (!(std::abs(x) <= bound)) FAIL("a value of " << x << " is out of bounds");
    }
    CHECK(worst < 3e-7);                           // single precision times the density
    CHECK(std::abs(mean) < 4 / std::sqrt(count));  // four standard errors
    CHECK(std::abs(variance - 1) < 4 * std::sqrt(2.0 / count));
  };
  check(distribution::Normal{}, 6.4, normal_mass);
  check(distribution::Uniform{}, std::sqrt(3.0), [](double x) { return (x / std::sqrt(3.0) + 1) / 2; });
  for (const double cut : {0.0625, 0.5, 1.0, 2.0, 5.0, 20.0, std::numeric_limits<double>::infinity()}) {
    CAPTURE(cut);
    const distribution::TruncatedNormal law(cut);
    const double widening = law.widening(), inside = std::erf(cut / std::numbers::sqrt2);
    check(law, cut * widening * (1 + 2e-7),
          [=](double x) { return (std::erf(x / widening / std::numbers::sqrt2) / inside + 1) / 2; });
  }
}

TEST_CASE("values drawn in bulk depend on the stream and their place alone", "[finite]") {
  const auto values = filled(5000), other = filled(5000, distribution::Normal{}, 1, 4);
  for (const std::size_t count : {0, 1, 15, 256, 257, 1023, 1024, 1025})
    CHECK(filled(count) == std::vector<double>(values.begin(), values.begin() + static_cast<long>(count)));
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] != other[i]);
  const auto single = filled<float>(5000, distribution::Normal{}, 0.02);
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(single[i] == static_cast<float>(0.02 * values[i]));
}

TEST_CASE("laws without a quantile, and slivers of the normal law, are drawn one by one", "[finite]") {
  const auto check = [](const auto& law) {
    std::vector<double> expected(1000);
    initialize(expected, law, 0.3, Stream(3).key());
    CHECK(filled(1000, law, 0.3) == expected);
  };
  check(Coin{});
  check(distribution::TruncatedNormal(0.01));
}

TEST_CASE("values drawn in bulk have a deviation", "[finite]") {
  CHECK(filled(3, distribution::Uniform{}, 0) == std::vector<double>(3, 0.0));
  for (const double bad : {-0.5, std::numeric_limits<double>::infinity(), std::nan("")})
    CHECK_THROWS_AS(filled(3, distribution::Normal{}, bad), std::invalid_argument);
  CHECK_THROWS_WITH(filled(3, distribution::Normal{}, -0.5),
                    "a standard deviation must be a number that is not negative, but is -0.5");
}
