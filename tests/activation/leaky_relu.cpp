// SPDX-License-Identifier: MIT
#include "widthwise/activation/leaky_relu.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("leaky ReLU and its derivative take their known values", "[activation]") {
  check_points(LeakyRelu{}, {{-2.0, -0.02, 0.01}, {3.0, 3, 1}, {0.0, 0, 0.505}});
}

TEMPLATE_TEST_CASE("leaky ReLU has the expectations that direct quadrature gives", "[activation]", float,
                   double, long double) {
  check_against<TestType>(LeakyRelu{}, reference::leaky_relu);
}
