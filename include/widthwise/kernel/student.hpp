// SPDX-License-Identifier: MIT
#pragma once

#include <boost/math/distributions/students_t.hpp>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// What a standard error from few replicates is widened by, so that two of them cover as much as two of a
/// normal distribution do, 95.4 %.
inline double student_widening(Index replicates) {
  using namespace boost::math;
  using InDouble = policies::policy<policies::promote_double<false>>;  // long double takes long to compile
  if (replicates < 2) return 1;
  const students_t_distribution<double, InDouble> student(static_cast<double>(replicates - 1));
  return quantile(student, 0.9772498680518208) / 2;
}

}  // namespace widthwise
