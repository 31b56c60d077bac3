// SPDX-License-Identifier: MIT
#include "widthwise/activation/gelu.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("exact GELU and its derivative take their known values", "[activation]") {
  check_points(Gelu{}, {{0.0, 0.0, 0.5},
                        {0.75, 0.58002948571734885, 0.9992257217392351},
                        {-3.5, -0.00081420177662433763, -0.0028217603536246352},
                        {-20.0, -5.5072482372124674e-88, -1.1014360483133464e-86}});
}

TEMPLATE_TEST_CASE("exact GELU has the expectations that direct quadrature gives", "[activation]", float,
                   double, long double) {
  check_against<TestType>(Gelu{}, reference::gelu);
}
