// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/sobol.hpp"

#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "widthwise/gaussian/normal_quantile.hpp"

using namespace widthwise;

namespace {

std::vector<ScrambledSobol::Digits> all_points(Index dimensions, int log2_points, Stream stream) {
  ScrambledSobol sobol(dimensions, log2_points, stream);
  std::vector<ScrambledSobol::Digits> points;
  while (sobol.points_left() > 0) points.push_back(sobol.next());
  return points;
}

}  // namespace

TEST_CASE("every dimension has one point in each of as many intervals", "[gaussian]") {
  for (const int m : {0, 1, 4, 7}) {
    const auto points = all_points(3667, m, Stream(3));
    REQUIRE(points.size() == std::size_t{1} << m);
    for (Index dimension = 0; dimension < 3667; dimension += m == 7 ? 1 : 61) {
      std::set<std::uint32_t> intervals;
      for (const auto& point : points) intervals.insert(m == 0 ? 0 : point(dimension) >> (32 - m));
      CHECK(intervals.size() == points.size());
    }
  }
}

TEST_CASE("the first two dimensions fill every box of equal volume", "[gaussian]") {
  const int m = 8;
  const auto points = all_points(2, m, Stream(4));
  for (int split = 0; split <= m; ++split) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> boxes;
    for (const auto& point : points)
      boxes.insert({std::uint64_t{point(0)} >> (32 - split), std::uint64_t{point(1)} >> (32 - m + split)});
    CHECK(boxes.size() == points.size());
  }
}

TEST_CASE("scrambling keeps how many digits two Sobol points share", "[gaussian]") {
  // The first digit in which two points differ is the same before and after a triangular scramble.
  const Index dimensions = 300;
  const auto points = all_points(dimensions, 6, Stream(5));
  boost::random::sobol_engine<std::uint32_t, 32> plain(static_cast<std::size_t>(dimensions));
  std::vector<std::vector<std::uint32_t>> expected{std::vector<std::uint32_t>(dimensions, 0)};
  for (std::size_t i = 1; i < points.size(); ++i) {
    expected.emplace_back();
    for (Index d = 0; d < dimensions; ++d) expected.back().push_back(static_cast<std::uint32_t>(plain()));
  }
  bool same = true;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      for (Index d = 0; d < dimensions; ++d)
        same = same && std::countl_zero(points[i](d) ^ points[j](d)) ==
                           std::countl_zero(expected[i][static_cast<std::size_t>(d)] ^
                                            expected[j][static_cast<std::size_t>(d)]);
  CHECK(same);
}

TEST_CASE("each scrambled point is uniform, and streams are independent", "[gaussian]") {
  // Means over 4000 streams; the standard deviation of a uniform number is 1/√12, that of a product of two
  // centered ones 1/12. Dimension 3700 lies beyond the table.
  const int streams = 4000;
  double mean = 0, low_bits = 0, same_point = 0, same_dimension = 0, beyond = 0;
  for (int s = 0; s < streams; ++s) {
    ScrambledSobol sobol(3701, 2, Stream(6).child(static_cast<std::uint64_t>(s)));
    const auto centered = [](std::uint32_t u) {
      return u / 4294967296.0 - 0.5;
    };
    const auto first = sobol.next();
    const auto second = sobol.next();
    mean += centered(second(7));
    low_bits += centered(second(7) << 20);
    same_point += centered(second(7)) * centered(second(900));
    same_dimension += centered(first(3700)) * centered(second(3700));
    beyond += centered(second(3700)) * centered(second(3699));
  }
  const double root = std::sqrt(static_cast<double>(streams));
  CHECK(std::abs(mean) < 4 * root / std::sqrt(12.0));
  CHECK(std::abs(low_bits) < 4 * root / std::sqrt(12.0));
  CHECK(std::abs(same_point) < 4 * root / 12);
  CHECK(std::abs(same_dimension) < 4 * root / 12);
  CHECK(std::abs(beyond) < 4 * root / 12);
}

TEST_CASE("integrals of smooth functions converge faster than with random points", "[gaussian]") {
  // E exp(½ Σ z_d / d) over four normals, exactly exp(⅛ Σ 1/d²); 64 scrambles.
  const double exact = std::exp((1 + 1.0 / 4 + 1.0 / 9 + 1.0 / 16) / 8);
  const auto rms = [&](int log2_points) {
    double sum = 0;
    for (std::uint64_t s = 0; s < 64; ++s) {
      double mean = 0;
      ScrambledSobol sobol(4, log2_points, Stream(7).child(s));
      while (sobol.points_left() > 0) {
        const Eigen::ArrayXf z = normal_quantile(sobol.next());
        mean += std::exp(0.5 * (z(0) + z(1) / 2 + z(2) / 3 + z(3) / 4));
      }
      mean /= std::exp2(log2_points);
      sum += (mean - exact) * (mean - exact);
    }
    return std::sqrt(sum / 64);
  };
  const double coarse = rms(5), fine = rms(9);
  CHECK(coarse < 0.05);
  CHECK(fine < coarse / 8);  // random points would give a factor of 4
}

TEST_CASE("too many Sobol points are refused", "[gaussian]") {
  CHECK_THROWS_WITH(ScrambledSobol(2, 32, Stream(1)),
                    "sobol: log2 of the number of points is 32 but should be in [0, 31]");
}
