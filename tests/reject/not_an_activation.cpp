// SPDX-License-Identifier: MIT
// expect: an activation needs operator
#include "widthwise/network/transformer.hpp"

using namespace widthwise;

struct NoDerivative {
  double operator()(double x) const { return x; }
};

auto map(const Matrix<double>& f, const FlowContext<MatrixNormal>& context) {
  return Mlp{NoDerivative{}, MlpCoefficients{}}.linearize(f, f, context);
}
