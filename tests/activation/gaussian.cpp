// SPDX-License-Identifier: MIT
#include "widthwise/activation/gaussian.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the Gaussian bump and its derivative take their known values", "[activation]") {
  check_points(Gaussian{}, {{0.0, 1.0, 0.0},
                            {0.75, 0.75483960198900734, -0.5661297014917555},
                            {-3.5, 0.0021874911181828851, 0.0076562189136400979},
                            {-20.0, 1.3838965267367375e-87, 2.7677930534734751e-86}});
}

TEMPLATE_TEST_CASE("the Gaussian bump has the expectations that direct quadrature gives", "[activation]",
                   float, double, long double) {
  check_against<TestType>(Gaussian{}, reference::gaussian);
}
