// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/chebyshev.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEMPLATE_TEST_CASE("interpolation is exact for polynomials below the number of nodes", "[gaussian]", float,
                   double, long double) {
  using S = TestType;
  const S low = static_cast<S>(-0.3), high = static_cast<S>(1.1);
  for (const Index nodes : {1, 2, 3, 8}) {
    const Chebyshev<S> chebyshev(low, high, nodes);
    const auto polynomial = [&](S x) {
      S sum = 0;
      for (Index power = 0; power < nodes; ++power) sum = sum * x + static_cast<S>(power + 1);
      return sum;
    };
    const Vector<S> points = Vector<S>::LinSpaced(37, low, high);
    const Vector<S> values = chebyshev.nodes().unaryExpr(polynomial);
    const Vector<S> found = chebyshev.weights(points) * values;
    CHECK(distance<S>(found, points.unaryExpr(polynomial)) < 100 * std::numeric_limits<S>::epsilon());
  }
}

TEST_CASE("nodes go from one end to the other", "[gaussian]") {
  const Chebyshev<double> chebyshev(0.2, 0.9, 7);
  CHECK(chebyshev.nodes()(0) == 0.9);
  CHECK(chebyshev.nodes()(6) == 0.2);
  for (Index k = 1; k < 7; ++k) CHECK(chebyshev.nodes()(k) < chebyshev.nodes()(k - 1));
  CHECK(Chebyshev<double>(0.2, 0.9, 1).nodes()(0) == Approx(0.55));
  CHECK(Chebyshev<double>(1, 1, 1).nodes()(0) == 1);
}

TEST_CASE("a function that is analytic up to r = 3 is found with an error of 3^-n", "[gaussian]") {
  const auto f = [](double x) {
    return 1 / (5.0 / 3 - x);
  };
  for (const Index nodes : {5, 10, 20}) {
    const Chebyshev<double> chebyshev(-1, 1, nodes);
    const Vector<double> points = Vector<double>::LinSpaced(101, -1, 1),
                         values = chebyshev.nodes().unaryExpr(f);
    const Vector<double> found = chebyshev.weights(points) * values;
    CHECK((found - points.unaryExpr(f)).cwiseAbs().maxCoeff() <
          10 * std::pow(3.0, -static_cast<double>(nodes)));
  }
}

TEST_CASE("many points at once: series are the product with the basis, and moments its transpose",
          "[gaussian]") {
  const Chebyshev<double> chebyshev(-1, 0.5, 9);
  const auto polynomials = [](const Vector<double>& points) {  // T_n(cos θ) = cos nθ
    const Eigen::ArrayXd angles = ((points.array() + 0.25) / 0.75).min(1).max(-1).acos();
    Matrix<double> t(points.size(), 9);
    for (Index n = 0; n < 9; ++n) t.col(n) = (static_cast<double>(n) * angles).cos().matrix();
    return t;
  };
  const Eigen::Matrix<double, Eigen::Dynamic, 3> series = normal_matrix(9, 3, 1);
  for (const Index count : {1, 16, 21, 40}) {
    const Vector<double> points = Vector<double>::LinSpaced(count, -1, 0.5);
    Matrix<double> found(count, 3);
    chebyshev.evaluate(points, series, [&](Index first, Index size, const auto& values) {
      for (Index q = 0; q < 3; ++q)
        found.col(q).segment(first, size) = values[static_cast<std::size_t>(q)].head(size).matrix();
    });
    CHECK((found - polynomials(points) * series).cwiseAbs().maxCoeff() < 1e-13);

    const Matrix<double> weights = normal_matrix(count, 3, 2);
    Chebyshev<double>::Moments<3> moments(chebyshev);
    moments.add(points, [&](Index first, Index size) {
      std::array<Chebyshev<double>::Lanes, 3> values;
      for (Index q = 0; q < 3; ++q) {
        auto& lanes = values[static_cast<std::size_t>(q)];
        lanes.setZero();
        lanes.head(size) = weights.col(q).segment(first, size).array();
      }
      return values;
    });
    CHECK((moments.sums() - polynomials(points).transpose() * weights).cwiseAbs().maxCoeff() < 1e-12);
  }
}
