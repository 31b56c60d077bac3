// SPDX-License-Identifier: MIT
// Laws of every activation: a new one is one more line in the list.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/activation/absolute_value.hpp"
#include "widthwise/activation/cosine.hpp"
#include "widthwise/activation/custom.hpp"
#include "widthwise/activation/erf.hpp"
#include "widthwise/activation/expectation.hpp"
#include "widthwise/activation/exponential.hpp"
#include "widthwise/activation/gaussian.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/gelu_tanh.hpp"
#include "widthwise/activation/identity.hpp"
#include "widthwise/activation/leaky_relu.hpp"
#include "widthwise/activation/mish.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/activation/silu.hpp"
#include "widthwise/activation/sine.hpp"
#include "widthwise/activation/softplus.hpp"
#include "widthwise/activation/tanh.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

/// An activation as a user of the library writes one: with kinks, without a closed form.
struct HardTanh {
  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::clamp(x, Scalar(-1), Scalar(1));
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return std::abs(x) < 1 ? Scalar(1) : Scalar(0);
  }
  static std::vector<double> kinks() { return {-1, 1}; }
};

template <class Scalar>
std::vector<Covariance2<Scalar>> pairs() {
  std::vector<Covariance2<Scalar>> list;
  for (const auto& [first, second] : {std::pair{0.01, 0.01}, {0.01, 1.0}, {1.0, 1.0}, {0.4, 1.6}})
    for (const double rho : {0.0, 0.3, -0.7, 0.99, 1.0, -1.0}) {
      const auto a = static_cast<Scalar>(first), b = static_cast<Scalar>(second);
      list.push_back({a, b, static_cast<Scalar>(rho) * std::sqrt(a * b)});
    }
  return list;
}

/// An activation with its type erased, so that the laws are compiled once for each scalar type.
template <class Scalar>
struct Subject {
  std::function<Scalar(Scalar)> value, slope;
  std::function<PairExpectation<Scalar>(const Covariance2<Scalar>&)> pair;
  std::function<PairExpectation<Scalar>(const Covariance2<Scalar>&)>
      pair_by_quadrature;  ///< where `pair` has a closed form
  std::function<ActivationKernels<Scalar>(const Matrix<Scalar>&)> kernels;

  template <class A>
  explicit Subject(const A& a)
      : value([=](Scalar x) { return a(x); }),
        slope([=](Scalar x) { return a.derivative(x); }),
        pair([=](const Covariance2<Scalar>& c) { return expectation(a, c); }),
        kernels([=](const Matrix<Scalar>& covariance) { return expectation(a, covariance); }) {
    if constexpr (ClosedForm<A, Scalar>)
      pair_by_quadrature = [opened = CustomActivation{value, slope, widthwise::kinks<double>(a)}](
                               const Covariance2<Scalar>& c) {
        return expectation(opened, c);
      };
  }

  /// √(⟨σσ⟩₁₁⟨σσ⟩₂₂) and √(⟨σ'σ'⟩₁₁⟨σ'σ'⟩₂₂): the sizes to which expectations are accurate.
  PairExpectation<Scalar> size(const Covariance2<Scalar>& c) const {
    const auto first = pair({c.first, c.first, c.first}), second = pair({c.second, c.second, c.second});
    return {std::sqrt(first.value * second.value), std::sqrt(first.derivative * second.derivative)};
  }
};

template <class Scalar>
void check_close(const PairExpectation<Scalar>& a, const PairExpectation<Scalar>& b, Scalar tolerance,
                 const PairExpectation<Scalar>& size) {
  CHECK(std::abs(a.value - b.value) <= tolerance * size.value);
  CHECK(std::abs(a.derivative - b.derivative) <= tolerance * size.derivative);
}

template <class Scalar>
void check_all(const Subject<Scalar>& activation) {
  const Scalar tolerance = quadrature_tolerance<Scalar>;
  for (const auto& c : pairs<Scalar>()) {
    INFO("K11 = " << c.first << ", K22 = " << c.second << ", K12 = " << c.cross);
    const auto entry = activation.pair(c), size = activation.size(c);
    // Symmetric, and within Cauchy and Schwarz.
    check_close(entry, activation.pair({c.second, c.first, c.cross}), tolerance, size);
    check_close(entry, {0, 0}, 1 + tolerance, size);
    if (activation.pair_by_quadrature)
      check_close(entry, activation.pair_by_quadrature(c), 2 * tolerance, size);
  }

  // Without variance, x stays at 0; small variances go there, with σ' averaged over both sides of a kink.
  const Scalar value = activation.value(0), slope = activation.slope(0);
  const PairExpectation<Scalar> constant{value * value, slope * slope};
  check_close(activation.pair({0, 0, 0}), constant, tolerance, constant);
  const auto half = activation.pair({0, 2, 0}), size = activation.size({2, 2, 2});
  check_close(activation.pair({2, 0, 0}), half, Scalar(0), size);
  const Scalar tiny = std::numeric_limits<Scalar>::epsilon() * std::numeric_limits<Scalar>::epsilon();
  check_close(activation.pair({tiny, 2, 0}), half, tolerance, size);

  // A kernel of many rows is symmetric to the last digit and positive semidefinite.
  const auto kernels = activation.kernels(random_kernel<Scalar>(12, 5, 7));
  for (const auto& kernel : {kernels.value, kernels.derivative}) {
    CHECK(asymmetry(kernel) == 0);
    CHECK(least_eigenvalue(kernel) >= -12 * tolerance * kernel.diagonal().maxCoeff());
  }
}

/// σ' is the derivative of σ: a difference of fourth order, where h⁴ and rounding/h are both about 10⁻¹².
void check_derivative(const Subject<double>& activation) {
  const auto& f = activation.value;
  for (const double x : {-7.3, -1.7, -0.6, 0.2, 0.9, 3.1, 12.0}) {
    INFO("at " << x);
    const double h = 1e-3;
    const double difference = (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
    CHECK(std::abs(difference - activation.slope(x)) <= 1e-11 * (1 + std::abs(f(x))));
  }
}

/// Price's theorem: d⟨σσ⟩/dK₁₂ = ⟨σ'σ'⟩.
void check_price(const Subject<double>& activation) {
  for (const auto& [first, second] : {std::pair{0.01, 0.01}, {0.4, 1.6}, {1.0, 1.0}, {2.5, 1.0}})
    for (const double rho : {0.0, 0.4, -0.8}) {
      INFO("K11 = " << first << ", K22 = " << second << ", correlation " << rho);
      const double a = first, b = second, unit = std::sqrt(a * b), c = rho * unit, h = 4e-3 * unit;
      const auto at = [&](double cross) {
        return activation.pair({a, b, cross}).value;
      };
      const double difference = (8 * (at(c + h) - at(c - h)) - (at(c + 2 * h) - at(c - 2 * h))) / (12 * h);
      const auto size = activation.size({a, b, c});
      // Two errors: h⁴ times the fifth derivative, and the accuracy of the values over h.
      CHECK(std::abs(difference - activation.pair({a, b, c}).derivative) <=
            1e-8 * size.derivative + 4 * quadrature_tolerance<double> * size.value / h);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("every activation obeys the laws", "[laws]",  //
                   Identity, Relu, LeakyRelu, AbsoluteValue, Erf, Gelu, Tanh, Silu, GeluTanh, Softplus, Mish,
                   Sine, Cosine, Gaussian, Exponential, HardTanh) {
  const TestType activation{};
  SECTION("in float") {
    check_all(Subject<float>(activation));
  }
  SECTION("in double") {
    check_all(Subject<double>(activation));
  }
  SECTION("in long double") {
    check_all(Subject<long double>(activation));
  }
  SECTION("σ' is the derivative of σ") {
    check_derivative(Subject<double>(activation));
  }
  SECTION("Price's theorem: d⟨σσ⟩/dK12 = ⟨σ'σ'⟩") {
    check_price(Subject<double>(activation));
  }
}
