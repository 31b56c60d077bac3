// SPDX-License-Identifier: MIT
#include "widthwise/scaling/initializer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <list>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace ww = widthwise;
namespace distribution = widthwise::distribution;

namespace {

// The upper half of a float, as a user of the library may have it; rounds towards zero.
class BFloat16 {
 public:
  BFloat16() = default;
  explicit BFloat16(float value)
      : bits_(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16)) {}
  float value() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16); }

 private:
  std::uint16_t bits_ = 0;
};

template <class T>
std::vector<T> filled(std::size_t count, double deviation, std::uint64_t seed = 1) {
  std::vector<T> values(count);
  ww::initialize(values, distribution::Normal{}, deviation, seed);
  return values;
}

template <class Range>
concept Fillable = requires(Range&& range) {
  ww::initialize(range, distribution::Normal{}, 1.0, 1);
};

}  // namespace

static_assert(Fillable<std::vector<float>&>);
static_assert(Fillable<std::span<long double>>);
static_assert(Fillable<std::array<double, 3>&>);
static_assert(Fillable<std::vector<BFloat16>&>);
static_assert(!Fillable<std::vector<int>&>);
static_assert(!Fillable<std::list<float>&>);
static_assert(!Fillable<const std::vector<float>&>);
static_assert(!Fillable<std::vector<const char*>&>);

TEST_CASE("values have the deviation that was asked for, after truncation too") {
  constexpr std::size_t count = 768 * 768;
  const auto check = [&](const auto& law, double kurtosis) {
    for (const double deviation : {0.02, 1.0, 3.5}) {
      std::vector<float> values(count);
      ww::initialize(values, law, deviation, 42);
      double mean = 0, variance = 0;
      for (const float value : values) {
        mean += value / (deviation * count);
        variance += value * (value / (deviation * deviation * count));
      }
      CHECK(std::abs(mean) < 4 / std::sqrt(count));  // four standard errors
      CHECK(std::abs(variance - 1) < 4 * std::sqrt((kurtosis - 1) / count));
    }
  };
  check(distribution::Normal{}, 3);
  check(distribution::Uniform{}, 1.8);
  check(distribution::TruncatedNormal{}, 2.3655);  // of the normal law cut at ±2
}

TEST_CASE("every type of number gets the same values, rounded") {
  const auto reference = filled<double>(1000, 0.02);
  const auto single = filled<float>(1000, 0.02);
  const auto extended = filled<long double>(1000, 0.02);
  const auto brain = filled<BFloat16>(1000, 0.02);
  for (std::size_t i = 0; i < reference.size(); ++i) {
    CHECK(single[i] == static_cast<float>(reference[i]));
    CHECK(extended[i] == reference[i]);
    CHECK(brain[i].value() == BFloat16(single[i]).value());
    // Rounded towards zero at 8 binary digits.
    CHECK(std::abs(brain[i].value() - single[i]) <= 0x1p-7 * std::abs(single[i]));
  }
}

TEST_CASE("the seed decides the values") {
  CHECK(filled<float>(100, 1, 5) == filled<float>(100, 1, 5));
  const auto first = filled<double>(100, 1, 5), second = filled<double>(100, 1, 6);
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i] != second[i]);
}

TEST_CASE("a generator goes on from where it was") {
  std::mt19937_64 generator(9);
  std::vector<double> first(50), second(50), both(100);
  ww::initialize(first, distribution::Uniform{}, 1, generator);
  ww::initialize(second, distribution::Uniform{}, 1, generator);
  ww::initialize(both, distribution::Uniform{}, 1, 9);
  CHECK(std::equal(first.begin(), first.end(), both.begin()));
  CHECK(std::equal(second.begin(), second.end(), both.begin() + 50));
}

TEST_CASE("any contiguous memory can be filled, the rest stays") {
  double raw[6] = {9, 9, 9, 9, 9, 9};
  ww::initialize(std::span(raw + 1, 4), distribution::Normal{}, 1, 1);
  CHECK(raw[0] == 9);
  CHECK(raw[5] == 9);
  for (int i = 1; i < 5; ++i) CHECK(raw[i] != 9);

  std::vector<float> empty;
  ww::initialize(empty, distribution::Normal{}, 1, 1);
  CHECK(empty.empty());

  for (const float value : filled<float>(10, 0)) CHECK(value == 0);
}

TEST_CASE("a deviation must be a number that is not negative") {
  std::vector<float> values(3, 7);
  for (const double bad :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(ww::initialize(values, distribution::Normal{}, bad, 1), std::invalid_argument);
  CHECK_THROWS_WITH(ww::initialize(values, distribution::Normal{}, -0.5, 1),
                    "a standard deviation must be a number that is not negative, but is -0.5");
  CHECK(values == std::vector<float>(3, 7));  // untouched
}
