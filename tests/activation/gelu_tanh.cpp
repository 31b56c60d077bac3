// SPDX-License-Identifier: MIT
#include "widthwise/activation/gelu_tanh.hpp"

#include "activation/points.hpp"
#include "activation/reference_table.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the tanh approximation of GELU and its derivative take their known values", "[activation]") {
  check_points(GeluTanh{}, {{0.0, 0.0, 0.5},
                            {0.75, 0.5799605551656203, 0.9989382561374143},
                            {-3.5, -0.00061619765537366331, -0.002422643760116431},
                            {-20.0, -3.3754509563109673e-261, -2.9424328724945029e-259}});
}

TEMPLATE_TEST_CASE("the tanh approximation of GELU has the expectations that direct quadrature gives",
                   "[activation]", float, double, long double) {
  check_against<TestType>(GeluTanh{}, reference::gelu_tanh);
}
