// SPDX-License-Identifier: MIT
#pragma once

#include <boost/math/distributions/students_t.hpp>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// What a standard error from few replicates is widened by, so that two of them cover as much as two of a
/// normal distribution do, 95.4 %.
inline double student_widening(Index replicates) {
  if (replicates < 2) return 1;
  return boost::math::quantile(boost::math::students_t(static_cast<double>(replicates - 1)),
                               0.9772498680518208) /
         2;
}

}  // namespace widthwise
