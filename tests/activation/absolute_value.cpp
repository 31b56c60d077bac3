// SPDX-License-Identifier: MIT
#include "widthwise/activation/absolute_value.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the absolute value and its derivative take their known values", "[activation]") {
  check_points(AbsoluteValue{}, {{-2.0, 2, -1}, {3.0, 3, 1}, {0.0, 0, 0}});
}

TEMPLATE_TEST_CASE("the absolute value has the expectations that direct quadrature gives", "[activation]",
                   float, double, long double) {
  check_against<TestType>(AbsoluteValue{}, reference::absolute_value);
}
