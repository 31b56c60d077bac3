// SPDX-License-Identifier: MIT
#include "widthwise/scaling/distribution.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace ww = widthwise;
namespace distribution = widthwise::distribution;

static_assert(ww::Distribution<distribution::Normal>);
static_assert(ww::Distribution<distribution::Uniform>);
static_assert(ww::Distribution<distribution::TruncatedNormal>);
// std::normal_distribution changes with every call, and its digits are each standard library's own.
static_assert(!ww::Distribution<std::normal_distribution<double>>);
static_assert(!ww::Distribution<double>);

namespace {

using Law = std::function<double(std::mt19937_64&)>;

std::vector<double> draw(const Law& law, std::size_t count, std::uint64_t seed = 20230402) {
  std::mt19937_64 generator(seed);
  std::vector<double> values(count);
  for (double& value : values) value = law(generator);
  return values;
}

// ∫ xᵖ exp(−x²/2) over [−cut, cut] by Simpson's rule.
double normal_moment(int p, double cut) {
  const int panels = 4000;
  const double h = 2 * cut / panels;
  double sum = 0;
  for (int i = 0; i <= panels; ++i) {
    const double x = -cut + i * h;
    sum += (i == 0 || i == panels ? 1 : i % 2 ? 4 : 2) * std::pow(x, p) * std::exp(-x * x / 2);
  }
  return sum * h / 3;
}

struct Case {
  std::string name;
  Law law;
  double bound;                        // of |x|
  std::vector<double> moments;         // second, fourth, sixth, eighth
  std::function<double(double)> mass;  // probability of [−∞, x]
};

Case truncated(double cut) {
  const double total = normal_moment(0, cut);
  const double widening = std::sqrt(total / normal_moment(2, cut));
  std::vector<double> moments;
  for (const int p : {2, 4, 6, 8}) moments.push_back(std::pow(widening, p) * normal_moment(p, cut) / total);
  const double inside = std::erf(cut / std::numbers::sqrt2);
  return {"truncated at " + std::to_string(cut), distribution::TruncatedNormal(cut), cut * widening, moments,
          [=](double x) {
            return (std::erf(x / widening / std::numbers::sqrt2) / inside + 1) / 2;
          }};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{{"normal",
                                      distribution::Normal{},
                                      std::numeric_limits<double>::infinity(),
                                      {1, 3, 15, 105},
                                      [](double x) {
                                        return std::erfc(-x / std::numbers::sqrt2) / 2;
                                      }},
                                     {"uniform",
                                      distribution::Uniform{},
                                      std::sqrt(3.0),
                                      {1, 9.0 / 5, 27.0 / 7, 9},
                                      [](double x) {
                                        return (x / std::sqrt(3.0) + 1) / 2;
                                      }},
                                     truncated(2),
                                     truncated(3),
                                     truncated(1),
                                     truncated(0.5),
                                     truncated(0.01),
                                     truncated(20)};
  return all;
}

}  // namespace

TEST_CASE("every law has mean zero, variance one and its own kurtosis") {
  constexpr std::size_t count = 400000;
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    CHECK(c.moments[0] == Approx(1).epsilon(1e-10));
    double mean = 0, second = 0, fourth = 0;
    for (const double x : draw(c.law, count)) {
      mean += x / count;
      second += x * x / count;
      fourth += x * x * x * x / count;
    }
    // Four standard errors each; that of the kurtosis by the delta method.
    const double kurtosis = c.moments[1], sixth = c.moments[2], eighth = c.moments[3];
    const double kurtosis_variance = eighth - kurtosis * kurtosis - 4 * kurtosis * (sixth - kurtosis) +
                                     4 * kurtosis * kurtosis * (kurtosis - 1);
    CHECK(std::abs(mean) < 4 * std::sqrt(1.0 / count));
    CHECK(std::abs(second - 1) < 4 * std::sqrt((kurtosis - 1) / count));
    CHECK(std::abs(fourth / (second * second) - kurtosis) < 4 * std::sqrt(kurtosis_variance / count));
  }
}

TEST_CASE("every law has its distribution function") {
  constexpr std::size_t count = 200000;
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    std::vector<double> values = draw(c.law, count, 7);
    std::sort(values.begin(), values.end());
    double distance = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double mass = c.mass(values[i]);
      const double below = static_cast<double>(i) / count;
      distance = std::max({distance, mass - below, below + 1.0 / count - mass});
    }
    // Kolmogorov's statistic exceeds 2.2 with probability 1.3e-4.
    CHECK(distance * std::sqrt(static_cast<double>(count)) < 2.2);
  }
}

TEST_CASE("no value lies outside the bounds of its law") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const std::vector<double> values = draw(c.law, 100000);
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    const double bound = c.bound * (1 + 1e-10);  // the accuracy of Simpson's rule above
    CHECK(*least >= -bound);
    CHECK(*greatest <= bound);
    if (c.bound < 5) CHECK(*greatest > 0.97 * c.bound);
  }
}

// From a separate program: mt19937_64 written out, the exact acceptance test of Kinderman and Monahan, and
// the widening by a quadrature in forty digits.
TEST_CASE("a seed fixes the digits on every machine") {
  CHECK(draw(distribution::Normal{}, 4) == std::vector<double>{-0x1.9504a82f207c5p-2, 0x1.0731c00a233a9p+0,
                                                               0x1.b989d406a1efcp+0, -0x1.4b1787ce1b3cdp+0});
  CHECK(draw(distribution::Normal{}, 100000).back() == -0x1.42ed636d9a709p-1);
  CHECK(draw(distribution::Uniform{}, 4) == std::vector<double>{0x1.595925ccdb85cp+0, -0x1.6bb0480db99f4p-1,
                                                                0x1.3494eb88fa526p-1, 0x1.662df72199a03p+0});
  CHECK(draw(distribution::TruncatedNormal{}, 4) ==
        std::vector<double>{-0x1.cc719d92a18ddp-2, 0x1.2b36357bbc680p+0, 0x1.f5f631ebe4167p+0,
                            -0x1.7866a3482a25cp+0});
  CHECK(draw(distribution::TruncatedNormal{0.5}, 4) ==
        std::vector<double>{0x1.5f2dc726c4d2cp+0, 0x1.39caa44762687p-1, -0x1.599612aed8545p+0,
                            -0x1.287f087e1fd47p-1});
}

TEST_CASE("a truncated normal has two known ends") {
  // Cut nowhere it is the normal law, cut closely the uniform one.
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(draw(distribution::TruncatedNormal(infinity), 1000) == draw(distribution::Normal{}, 1000));
  const std::vector<double> close = draw(distribution::TruncatedNormal(1e-6), 1000);
  CHECK(*std::max_element(close.begin(), close.end()) < std::sqrt(3.0) * (1 + 1e-12));
}

TEST_CASE("a cut that leaves nothing is refused") {
  for (const double bad : {0.0, -2.0, 1e-9, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(distribution::TruncatedNormal(bad), std::invalid_argument);
  CHECK_THROWS_WITH(distribution::TruncatedNormal(-2),
                    "the cut of a truncated normal must be at least 1e-6, but is -2");
}
