// SPDX-License-Identifier: MIT
#include "widthwise/activation/relu.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("ReLU and its derivative take their known values", "[activation]") {
  check_points(Relu{}, {{-2.0, 0, 0}, {3.0, 3, 1}, {0.0, 0, 0.5}});
}

TEMPLATE_TEST_CASE("ReLU has the expectations that direct quadrature gives", "[activation]", float, double,
                   long double) {
  check_against<TestType>(Relu{}, reference::relu);
}
