// SPDX-License-Identifier: MIT
// Laws of every activation: a new one is one more line in the list.
#include <algorithm>
#include <cmath>
#include <limits>
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

/// The same function without its closed form.
template <class A>
auto opened(const A& activation) {
  return CustomActivation{[=](auto x) { return activation(x); },
                          [=](auto x) { return activation.derivative(x); }, kinks<double>(activation)};
}

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

/// Throughout, numbers are compared to the quadrature's accuracy times the size of the diagonal entries.
template <class Scalar>
struct Size {
  Scalar value, derivative;
};

template <class Scalar, class A>
Size<Scalar> size_of(const A& activation, const Covariance2<Scalar>& c) {
  const auto first = expectation(activation, Covariance2<Scalar>{c.first, c.first, c.first});
  const auto second = expectation(activation, Covariance2<Scalar>{c.second, c.second, c.second});
  return {std::sqrt(first.value * second.value), std::sqrt(first.derivative * second.derivative)};
}

template <class Scalar, class A>
void check_all(const A& activation) {
  const Scalar tolerance = quadrature_tolerance<Scalar>;
  for (const auto& c : pairs<Scalar>()) {
    INFO("K11 = " << c.first << ", K22 = " << c.second << ", K12 = " << c.cross);
    const auto entry = expectation(activation, c);
    const auto size = size_of(activation, c);

    // Symmetric, and within Cauchy and Schwarz.
    const auto swapped = expectation(activation, Covariance2<Scalar>{c.second, c.first, c.cross});
    CHECK(std::abs(entry.value - swapped.value) <= tolerance * size.value);
    CHECK(std::abs(entry.derivative - swapped.derivative) <= tolerance * size.derivative);
    CHECK(std::abs(entry.value) <= (1 + tolerance) * size.value);
    CHECK(std::abs(entry.derivative) <= (1 + tolerance) * size.derivative);

    // The closed form is what quadrature gives.
    if constexpr (ClosedForm<A, Scalar>) {
      const auto integral = expectation(opened(activation), c);
      CHECK(std::abs(entry.value - integral.value) <= 2 * tolerance * size.value);
      CHECK(std::abs(entry.derivative - integral.derivative) <= 2 * tolerance * size.derivative);
    }
  }

  // Without variance, x stays at 0; small variances go there, with σ' averaged over both sides of a kink.
  const auto none = expectation(activation, Covariance2<Scalar>{0, 0, 0});
  const Scalar value = activation(Scalar(0)), slope = activation.derivative(Scalar(0));
  CHECK(std::abs(none.value - value * value) <= tolerance * value * value);
  CHECK(std::abs(none.derivative - slope * slope) <= tolerance * slope * slope);
  const Covariance2<Scalar> one{0, 2, 0}, other{2, 0, 0};
  const auto half = expectation(activation, one);
  CHECK(expectation(activation, other).value == half.value);
  CHECK(expectation(activation, other).derivative == half.derivative);
  const Scalar tiny = std::numeric_limits<Scalar>::epsilon() * std::numeric_limits<Scalar>::epsilon();
  const auto nearly = expectation(activation, Covariance2<Scalar>{tiny, 2, 0});
  const auto size = size_of(activation, Covariance2<Scalar>{2, 2, 2});
  CHECK(std::abs(nearly.value - half.value) <= tolerance * size.value);
  CHECK(std::abs(nearly.derivative - half.derivative) <= tolerance * size.derivative);

  // A kernel of many rows is symmetric to the last digit and positive semidefinite.
  const Matrix<Scalar> covariance = random_kernel<Scalar>(12, 5, 7);
  const auto kernels = expectation(activation, covariance);
  for (const auto& kernel : {kernels.value, kernels.derivative}) {
    CHECK(asymmetry(kernel) == 0);
    CHECK(least_eigenvalue(kernel) >= -12 * tolerance * kernel.diagonal().maxCoeff());
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every activation obeys the laws", "[laws]",  //
                   Identity, Relu, LeakyRelu, AbsoluteValue, Erf, Gelu, Tanh, Silu, GeluTanh, Softplus, Mish,
                   Sine, Cosine, Gaussian, Exponential, HardTanh) {
  const TestType activation{};

  SECTION("in float") {
    check_all<float>(activation);
  }
  SECTION("in double") {
    check_all<double>(activation);
  }
  SECTION("in long double") {
    check_all<long double>(activation);
  }

  SECTION("σ' is the derivative of σ") {
    for (const double x : {-7.3, -1.7, -0.6, 0.2, 0.9, 3.1, 12.0}) {
      INFO("at " << x);
      const double h = 1e-3;  // fourth order: h⁴ and rounding/h are both about 1e-12
      const double difference =
          (8 * (activation(x + h) - activation(x - h)) - (activation(x + 2 * h) - activation(x - 2 * h))) /
          (12 * h);
      CHECK(std::abs(difference - activation.derivative(x)) <= 1e-11 * (1 + std::abs(activation(x))));
    }
  }

  SECTION("Price's theorem: d⟨σσ⟩/dK12 = ⟨σ'σ'⟩") {
    for (const auto& [first, second] : {std::pair{0.01, 0.01}, {0.4, 1.6}, {1.0, 1.0}, {2.5, 1.0}})
      for (const double rho : {0.0, 0.4, -0.8}) {
        INFO("K11 = " << first << ", K22 = " << second << ", correlation " << rho);
        const double unit = std::sqrt(first * second), h = 4e-3 * unit;
        const auto at = [&](double cross) {
          return expectation(activation, Covariance2<double>{first, second, cross}).value;
        };
        const double c = rho * unit;
        const double difference = (8 * (at(c + h) - at(c - h)) - (at(c + 2 * h) - at(c - 2 * h))) / (12 * h);
        const Covariance2<double> pair{first, second, c};
        const auto size = size_of(activation, pair);
        // Two errors: h⁴ times the fifth derivative, and the accuracy of the values over h.
        CHECK(std::abs(difference - expectation(activation, pair).derivative) <=
              1e-8 * size.derivative + 4 * quadrature_tolerance<double> * size.value / h);
      }
  }
}
