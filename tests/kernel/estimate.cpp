// SPDX-License-Identifier: MIT
#include "widthwise/kernel/estimate.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;

TEST_CASE("replicate means and their standard errors are the textbook's", "[kernel]") {
  const Index count = 7;
  ReplicateMean<double> mean;
  Matrix<double> sum = Matrix<double>::Zero(2, 3), squares = sum;
  for (Index r = 0; r < count; ++r) {
    const Matrix<double> x = test::normal_matrix(2, 3, 10 + static_cast<std::uint64_t>(r));
    mean.add(x);
    sum += x;
    squares += x.cwiseProduct(x);
  }
  const Matrix<double> average = sum / count;
  const Matrix<double> variance = (squares - count * average.cwiseProduct(average)) / (count - 1);
  const auto estimate = mean.estimate();
  CHECK(test::distance(estimate.value, average) < 1e-14);
  CHECK(test::distance<double>(estimate.standard_error, (variance / count).cwiseSqrt()) < 1e-12);
}

TEST_CASE("one replicate is exact", "[kernel]") {
  ReplicateMean<double> mean;
  mean.add(Matrix<double>::Ones(2, 2));
  CHECK(mean.estimate().standard_error == Matrix<double>::Zero(2, 2));
  CHECK(relative_error(mean.estimate()) == 0);
}

TEST_CASE("the relative error compares the largest entries", "[kernel]") {
  Matrix<double> value(1, 2), error(1, 2);
  value << -4, 1;
  error << 0.1, 0.2;
  CHECK(relative_error(Estimate<Matrix<double>>{value, error}) == Approx(0.05));
  CHECK(relative_error(Estimate<Matrix<double>>{0 * value, error}) == 0);
}
