// SPDX-License-Identifier: MIT
#include "widthwise/activation/tanh.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("tanh and its derivative take their known values", "[activation]") {
  check_points(Tanh{}, {{0.0, 0.0, 1.0},
                        {0.75, 0.63514895238728732, 0.59658580828133143},
                        {-3.5, -0.99817789761119871, 0.0036408847204873061},
                        {-20.0, -0.99999999999999999, 1.6993417021166356e-17}});
}

TEMPLATE_TEST_CASE("tanh has the expectations that direct quadrature gives", "[activation]", float, double,
                   long double) {
  check_against<TestType>(Tanh{}, reference::tanh);
}
