// SPDX-License-Identifier: MIT
#include "widthwise/activation/sine.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the sine and its derivative take their known values", "[activation]") {
  check_points(Sine{}, {{0.0, 0.0, 1.0},
                        {0.75, 0.68163876002333417, 0.73168886887382089},
                        {-3.5, 0.35078322768961985, -0.93645668729079634},
                        {-20.0, -0.91294525072762765, 0.40808206181339199}});
}

TEMPLATE_TEST_CASE("the sine has the expectations that direct quadrature gives", "[activation]", float,
                   double, long double) {
  check_against<TestType>(Sine{}, reference::sine);
}
