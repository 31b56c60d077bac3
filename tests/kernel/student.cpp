// SPDX-License-Identifier: MIT
#include "widthwise/kernel/student.hpp"

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("standard errors of few replicates are widened by Student's quantiles", "[kernel]") {
  CHECK(student_widening(1) == 1);  // exact: there is no error to widen
  // Two replicates are Cauchy's case: tan(π(p − ½)).
  CHECK(student_widening(2) == Approx(std::tan(3.14159265358979 * 0.4772498680518208) / 2));
  // Three: t = (2p − 1)/√(2p(1 − p)).
  CHECK(student_widening(3) ==
        Approx(0.9544997361036416 / std::sqrt(2 * 0.9772498680518208 * 0.0227501319481792) / 2));
  CHECK(student_widening(10'000) == Approx(1).epsilon(1e-3));
}
