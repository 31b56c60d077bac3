// SPDX-License-Identifier: MIT
#include "widthwise/activation/activation.hpp"

#include <string>

#include "support/catch.hpp"
#include "widthwise/activation/custom.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/activation/tanh.hpp"

using namespace widthwise;

namespace {

struct WithoutDerivative {
  double operator()(double x) const { return x; }
};

struct NotANumber {
  std::string operator()(double) const { return "x"; }
  double derivative(double) const { return 1; }
};

struct Own {
  double operator()(double x) const { return x; }
  double derivative(double) const { return 1; }
  PairExpectation<double> expectation(const Covariance2<double>& c) const { return {c.cross, 1}; }
};

static_assert(Activation<Relu, float> && Activation<Relu, double> && Activation<Relu, long double>);
static_assert(Activation<Own, double>);
static_assert(Activation<CustomActivation<double (*)(double), double (*)(double)>, double>);
static_assert(!Activation<WithoutDerivative, double>);
static_assert(!Activation<NotANumber, double>);
static_assert(!Activation<double, double>);

static_assert(ClosedForm<Relu, double> && ClosedForm<Own, double>);
static_assert(!ClosedForm<Tanh, double>);
static_assert(!ClosedForm<Own, float>, "a closed form in another scalar type is none");

}  // namespace

TEST_CASE("kinks are those an activation tells of", "[activation]") {
  CHECK(kinks<float>(Relu{}) == std::vector<float>{0});
  CHECK(kinks<double>(Tanh{}).empty());
  CHECK(kinks<double>(Own{}).empty());
}
