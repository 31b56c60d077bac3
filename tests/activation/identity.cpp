// SPDX-License-Identifier: MIT
#include "widthwise/activation/identity.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the identity and its derivative take their known values", "[activation]") {
  check_points(Identity{}, {{-2.5, -2.5, 1}});
}

TEMPLATE_TEST_CASE("the identity has the expectations that direct quadrature gives", "[activation]", float,
                   double, long double) {
  check_against<TestType>(Identity{}, reference::identity);
}
