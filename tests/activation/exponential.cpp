// SPDX-License-Identifier: MIT
#include "widthwise/activation/exponential.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the exponential and its derivative take their known values", "[activation]") {
  check_points(Exponential{}, {{0.0, 1.0, 1.0},
                               {0.75, 2.1170000166126747, 2.1170000166126747},
                               {-3.5, 0.030197383422318501, 0.030197383422318501}});
}

TEMPLATE_TEST_CASE("the exponential has the expectations that direct quadrature gives", "[activation]", float,
                   double, long double) {
  check_against<TestType>(Exponential{}, reference::exponential);
}
