// SPDX-License-Identifier: MIT
#include "widthwise/activation/softplus.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("softplus and its derivative take their known values", "[activation]") {
  check_points(Softplus{}, {{0.0, 0.69314718055994531, 0.5},
                            {0.75, 1.1368710061148999, 0.67917869917539297},
                            {-3.5, 0.029750418272620565, 0.029312230751356319},
                            {-20.0, 2.0611536203143807e-9, 2.0611536181902036e-9}});
}

TEMPLATE_TEST_CASE("softplus has the expectations that direct quadrature gives", "[activation]", float,
                   double, long double) {
  check_against<TestType>(Softplus{}, reference::softplus);
}
