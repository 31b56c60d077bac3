// SPDX-License-Identifier: MIT
#include "widthwise/activation/erf.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("erf and its derivative take their known values", "[activation]") {
  check_points(Erf{}, {{0.0, 0.0, 1.1283791670955126},
                       {0.75, 0.71115563365351513, 0.64293106919520733},
                       {-3.5, -0.99999925690162766, 5.3994267773847825e-6},
                       {-20.0, -1.0, 2.1610374743867985e-174}});
}

TEMPLATE_TEST_CASE("erf has the expectations that direct quadrature gives", "[activation]", float, double,
                   long double) {
  check_against<TestType>(Erf{}, reference::erf);
}
