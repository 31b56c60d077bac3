// SPDX-License-Identifier: MIT
#include "widthwise/activation/mish.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("mish and its derivative take their known values", "[activation]") {
  check_points(Mish{}, {{0.0, 0.0, 0.6},
                        {0.75, 0.61001833521829339, 0.98575835571668806},
                        {-3.5, -0.10409575448637122, -0.07276041344326705},
                        {-20.0, -4.1223072406287614e-8, -3.9161918743489691e-8}});
}

TEMPLATE_TEST_CASE("mish has the expectations that direct quadrature gives", "[activation]", float, double,
                   long double) {
  check_against<TestType>(Mish{}, reference::mish);
}
