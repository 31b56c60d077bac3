// SPDX-License-Identifier: MIT
#include "widthwise/activation/silu.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("SiLU and its derivative take their known values", "[activation]") {
  check_points(Silu{}, {{0.0, 0.0, 0.5},
                        {0.75, 0.50938402438154473, 0.8425999444967535},
                        {-3.5, -0.10259280762974712, -0.070273352827718141},
                        {-20.0, -4.1223072363804072e-8, -3.9161918660646783e-8}});
}

TEMPLATE_TEST_CASE("SiLU has the expectations that direct quadrature gives", "[activation]", float, double,
                   long double) {
  check_against<TestType>(Silu{}, reference::silu);
}
