// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/pair_grid.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// E[exp(x) exp(y)] = exp((K₁₁ + K₂₂)/2 + K₁₂): a function of both variances and ρ.
double growth(double first, double second, double cosine) {
  return std::exp((first * first + second * second) / 2 + first * second * cosine);
}

Matrix<double> growth_table(const PairGrid<double>& grid) {
  Matrix<double> table = grid.table();
  const Index m = grid.deviations().size(), k = grid.correlations().size();
  for (Index a = 0; a < grid.layout().samples; ++a)
    for (Index b = 0; b < grid.layout().samples; ++b)
      for (Index first = 0; first < m; ++first)
        for (Index second = 0; second < m; ++second)
          for (Index node = 0; node < k; ++node)
            table(a * m + first, (b * m + second) * k + node) =
                growth(grid.deviations()(first), grid.deviations()(second), grid.correlations()(node));
  return table;
}

}  // namespace

TEST_CASE("a function of two deviations and a correlation is found for all pairs of rows", "[gaussian]") {
  const TokenLayout layout = GENERATE(TokenLayout{1, 1}, TokenLayout{1, 40}, TokenLayout{3, 5});
  const bool even = GENERATE(false, true);
  Matrix<double> kernel = random_kernel(layout.rows(), 30, 1);
  if (even) kernel = random_correlation(layout.rows(), 30, 1);
  PairGrid<double> grid(kernel, layout);
  grid.set_nodes({14, 14});
  if (even) CHECK(grid.deviations().size() <= 14);
  const Matrix<double> table = growth_table(grid);
  CHECK(distance(grid.symmetric(table), table) < 1e-13);
  const auto found = grid.interpolate<1>({table})[0];
  CHECK(asymmetry(found) == 0);
  for (Index i = 0; i < layout.rows(); ++i)
    for (Index j = 0; j < layout.rows(); ++j)
      CHECK(found(i, j) == Approx(std::exp((kernel(i, i) + kernel(j, j)) / 2 + kernel(i, j))).epsilon(1e-8));
}

TEST_CASE("gathering is the transpose of interpolation; weights are the same entry by entry", "[gaussian]") {
  const TokenLayout layout = GENERATE(TokenLayout{1, 37}, TokenLayout{3, 6});
  PairGrid<double> grid(random_kernel(layout.rows(), 30, 1), layout);
  const PairNodes nodes = GENERATE(PairNodes{1, 5}, PairNodes{3, 4}, PairNodes{2, 1});
  grid.set_nodes(nodes);
  std::array<Matrix<double>, 2> tables{grid.table(), grid.table()};
  for (std::size_t q = 0; q < 2; ++q)
    tables[q] = grid.symmetric(normal_matrix(tables[q].rows(), tables[q].cols(), 3 + q));
  const Matrix<double> first = symmetric_matrix(layout.rows(), 6),
                       second = symmetric_matrix(layout.rows(), 7);
  const auto kernels = grid.interpolate(tables);
  CHECK((grid.weights<float>(1, 0, 0, 2).cast<double>() - grid.weights(1, 0, 0, 2)).cwiseAbs().maxCoeff() <
        1e-5);
  const auto gathered = grid.gather<2>({&first, &second});
  CHECK(inner(first, kernels[0]) + inner(second, kernels[1]) ==
        Approx(inner(gathered[0], tables[0]) + inner(gathered[1], tables[1])).epsilon(1e-11));

  const Index count = grid.deviations().size(), size = count * grid.correlations().size();
  for (Index b = 0; b < layout.samples; ++b) {
    Vector<double> entries = Vector<double>::Zero(layout.tokens);
    for (Index m = 0; m < count; ++m)
      entries +=
          grid.weights(1, m, b, layout.length(b)) * tables[0].row(m).segment(b * size, size).transpose();
    CHECK((entries - kernels[0].col(1).segment(layout.first_row(b), layout.tokens)).cwiseAbs().maxCoeff() <
          1e-12);
  }
}

TEST_CASE("rows of one deviation or one correlation need one node", "[gaussian]") {
  PairGrid<double> grid(Matrix<double>::Constant(4, 4, 4.0), {1, 4});
  grid.set_nodes({5, 5});
  CHECK(grid.deviations().size() == 1);
  CHECK(grid.correlations().size() == 1);
  CHECK(grid.correlations()(0) == 1);
  CHECK(grid.range().least_deviation == 2);
}
