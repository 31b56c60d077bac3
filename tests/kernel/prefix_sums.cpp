// SPDX-License-Identifier: MIT
#include "widthwise/kernel/prefix_sums.hpp"

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("prefix sums are products with triangular matrices of ones", "[kernel]") {
  // More columns than are summed together, and not a multiple of them.
  const Matrix<double> matrix = Matrix<double>::Random(5, 11);
  const Matrix<double> rows = Matrix<double>::Ones(5, 5).triangularView<Eigen::Lower>();
  const Matrix<double> columns = Matrix<double>::Ones(11, 11).triangularView<Eigen::Upper>();
  CHECK((down_columns(matrix) - rows * matrix).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((up_columns(matrix) - rows.transpose() * matrix).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((along_rows(matrix) - matrix * columns).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((back_along_rows(matrix) - matrix * columns.transpose()).cwiseAbs().maxCoeff() < 1e-14);
}
