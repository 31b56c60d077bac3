// SPDX-License-Identifier: MIT
#include "widthwise/attention/row_pair.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/attention/two_tokens.hpp"
#include "widthwise/kernel/estimate.hpp"
#include "widthwise/kernel/student.hpp"

using namespace widthwise;
using namespace widthwise::test;

static_assert(SoftmaxEngine<RowPair, double>);
static_assert(SoftmaxEngine<RowPair, float>);

namespace {

// Forward, 𝒟[F,F], both pushes and both pulls side by side.
template <class Expectation>
Matrix<double> everything(const Expectation& e, const Matrix<double>& b, const Matrix<double>& b_prime) {
  const Matrix<double> none_q = Matrix<double>::Zero(b.rows(), b.cols());
  const Matrix<double> pulled = e.pull(b, none_q), pulled_prime = e.pull(none_q, b_prime);
  Matrix<double> all(std::max(b.rows(), pulled.rows()), 4 * b.cols() + 2 * pulled.cols());
  all.setZero();
  all.topRows(b.rows()).leftCols(4 * b.cols()) << e.values(), e.jacobian(), e.pushed().values,
      e.pushed().jacobian;
  all.topRows(pulled.rows()).rightCols(2 * pulled.cols()) << pulled, pulled_prime;
  return all;
}

template <class Engine>
Estimate<Matrix<double>> mean_of(const Engine& engine, const SoftmaxProblem<double>& problem,
                                 std::uint64_t replicates, std::uint64_t seed) {
  const Index n = problem.key_layout.rows(), q = problem.query_layout.rows();
  const Matrix<double> tangent = random_kernel(n, n, 2), b = random_kernel(q, q, 3),
                       b_prime = symmetric_matrix(q, 4);
  ReplicateMean<double> mean;
  for (std::uint64_t r = 0; r < replicates; ++r)
    mean.add(everything(engine.expect(problem, tangent, Stream(seed).child(r)), b, b_prime));
  return std::move(mean).estimate();
}

// Agreement within five joint standard errors: some thousand entries are compared in all.
void check_agreement(const SoftmaxProblem<double>& problem, Index draws) {
  const auto pairs = mean_of(RowPair(draws), problem, 64, 1);
  const auto whole = mean_of(MatrixNormal(4 * draws), problem, 64, 2);
  const double accuracy =
      (problem.mask.kind() == Mask::Kind::causal ? causal_row_pair_accuracy(draws) : row_pair_accuracy) *
      whole.value.cwiseAbs().maxCoeff();
  const Matrix<double> joint =
      (pairs.standard_error.cwiseAbs2() + whole.standard_error.cwiseAbs2()).cwiseSqrt().array() + accuracy;
  CHECK((pairs.value - whole.value).cwiseAbs().cwiseQuotient(joint).maxCoeff() < 5);
}

Matrix<double> uneven(const Matrix<double>& correlation) {
  const Vector<double> scale = Vector<double>::LinSpaced(correlation.rows(), 0.6, 1);
  return scale.asDiagonal() * correlation * scale.asDiagonal();
}

}  // namespace

TEST_CASE("pairs of rows agree with whole attention matrices", "[attention]") {
  const double variance = GENERATE(0.05, 0.25, 1.0, 4.0, 16.0);
  const auto mask = GENERATE(Mask::none(), Mask::causal());
  CAPTURE(variance);
  const auto self = [&](const Matrix<double>& f, TokenLayout layout) {
    return SoftmaxProblem<double>::self(f, layout, mask, variance);
  };
  SECTION("a few tokens") {
    check_agreement(self(random_correlation(4, 9, 1), {1, 4}), 256);
  }
  SECTION("two tokens") {
    check_agreement(self(random_correlation(2, 9, 1), {1, 2}), 256);
  }
  SECTION("several samples") {
    check_agreement(self(random_correlation(6, 9, 1), {2, 3}), 256);
  }
  SECTION("different lengths") {
    check_agreement(self(uneven(random_correlation(7, 9, 1)), TokenLayout::of_lengths({4, 1, 2})), 256);
  }
  SECTION("unequal variances") {
    check_agreement(self(uneven(random_correlation(6, 9, 1)), {2, 3}), 256);
  }
  SECTION("rank one") {
    check_agreement(self(Matrix<double>::Ones(3, 3), {1, 3}), 64);
  }
  SECTION("repeated tokens") {
    const Matrix<double> f = random_correlation(3, 9, 1);
    const std::array<Index, 5> token{0, 1, 0, 2, 1};
    Matrix<double> repeated(5, 5);
    for (Index i = 0; i < 5; ++i)
      for (Index j = 0; j < 5; ++j)
        repeated(i, j) = f(token[static_cast<std::size_t>(i)], token[static_cast<std::size_t>(j)]);
    check_agreement(self(repeated, {1, 5}), 256);
  }
}

TEST_CASE("pairs of rows agree with whole attention matrices: 64 tokens", "[attention]") {
  const auto mask = GENERATE(Mask::none(), Mask::causal());
  check_agreement(SoftmaxProblem<double>::self(random_correlation(64, 12, 1), {1, 64}, mask, 0.25), 16);
}

// Of large logits a few draws have a skew mean, which standard errors of few draws cannot tell.
TEST_CASE("pairs of rows agree with whole attention matrices: 64 tokens, large logits",
          "[attention][.slow]") {
  const auto mask = GENERATE(Mask::none(), Mask::causal());
  check_agreement(SoftmaxProblem<double>::self(random_correlation(64, 12, 1), {1, 64}, mask, 2), 128);
}

TEST_CASE("queries and keys may be of different signals", "[attention]") {
  const SoftmaxProblem<double> problem{uneven(random_correlation(6, 9, 7)),
                                       uneven(random_correlation(8, 9, 8)),
                                       {2, 3},
                                       {2, 4},
                                       Mask::none(),
                                       0.8};
  check_agreement(problem, 256);

  auto ragged = problem;
  ragged.query_layout = TokenLayout::of_lengths({1, 5});
  ragged.key_layout = TokenLayout::of_lengths({5, 3});
  check_agreement(ragged, 256);
}

TEST_CASE("keys that no query sees are left out", "[attention]") {
  Mask::Visible visible = Mask::Visible::Constant(3, 5, true);
  visible.col(0).setConstant(false);
  visible.col(3).setConstant(false);
  const SoftmaxProblem<double> problem{uneven(random_correlation(6, 9, 7)),
                                       uneven(random_correlation(10, 12, 8)),
                                       {2, 3},
                                       {2, 5},
                                       Mask::custom(visible),
                                       0.8};
  check_agreement(problem, 256);

  const auto expectation = RowPair(16).expect(problem, random_kernel(10, 10, 2), Stream(1));
  const Matrix<double> pulled = expectation.pull(random_kernel(6, 6, 3), symmetric_matrix(6, 4));
  for (const Index key : {0, 3, 5, 8}) CHECK(pulled.col(key).cwiseAbs().maxCoeff() == 0);
}

TEST_CASE("for two tokens pairs of rows agree with quadrature, and their standard errors are true",
          "[attention]") {
  const double variance = GENERATE(0.25, 2.0);
  const auto problem =
      SoftmaxProblem<double>::self(random_correlation(4, 9, 3), {2, 2}, Mask::none(), variance);
  const Matrix<double> tangent = random_kernel(4, 4, 2), b = random_kernel(4, 4, 3),
                       b_prime = symmetric_matrix(4, 4);
  const Matrix<double> exact = everything(TwoTokenExpectation<double>(problem, tangent), b, b_prime);
  // As a flow does it: six replicates, Student's factor. 200 seeds, entries of the upper triangles.
  const Index replicates = 6;
  double beyond = 0, entries = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto found = mean_of(RowPair(32), problem, replicates, 1000 + seed);
    const Matrix<double> error = student_widening(replicates) * found.standard_error;
    for (Index block = 0; block < 6; ++block)
      for (Index j = 0; j < 4; ++j)
        for (Index i = 0; i <= j; ++i) {
          const Index column = 4 * block + j;
          if (error(i, column) < 1e-9) continue;
          beyond += std::abs(found.value(i, column) - exact(i, column)) > 2 * error(i, column);
          ++entries;
        }
  }
  CAPTURE(entries);
  CHECK(entries > 5000);
  CHECK(beyond / entries > 0.02);
  CHECK(beyond / entries < 0.08);
}

TEST_CASE("behind a causal mask a row of one key is exact", "[attention]") {
  const auto layout = TokenLayout::of_lengths({3, 1, 4});
  const Matrix<double> f = uneven(random_correlation(8, 9, 1)), tangent = random_kernel(8, 8, 2);
  const auto e =
      RowPair(16).expect(SoftmaxProblem<double>::self(f, layout, Mask::causal(), 1), tangent, Stream(1));
  Matrix<double> on_jacobian = Matrix<double>::Zero(8, 8), on_values = on_jacobian;
  for (const Index row : {0, 3, 4})
    for (const Index column : {0, 3, 4}) {
      CAPTURE(row, column);
      CHECK(e.values()(row, column) == Approx(f(row, column)).epsilon(1e-14));
      CHECK(e.pushed().values(row, column) == Approx(tangent(row, column)).epsilon(1e-14));
      CHECK(e.jacobian()(row, column) == 0);
      CHECK(e.pushed().jacobian(row, column) == 0);
      on_jacobian(row, column) = 1 + static_cast<double>(row + column);
    }
  on_values = on_jacobian;
  CHECK(distance(e.pull(on_values, on_jacobian), on_values) < 1e-14);
}

TEST_CASE("behind a causal mask pairs of samples stay apart", "[attention]") {
  const TokenLayout layout{2, 5};
  const Matrix<double> f = random_correlation(10, 12, 1);
  const auto e = RowPair(16).expect(SoftmaxProblem<double>::self(f, layout, Mask::causal(), 1), f, Stream(1));
  Matrix<double> within = symmetric_matrix(10, 2);
  within.topRightCorner(5, 5).setZero();
  within.bottomLeftCorner(5, 5).setZero();
  const auto pushed = e.push(within);
  const Matrix<double> pulled = e.pull(within, within);
  for (const Matrix<double>& kernel : {pushed.values, pushed.jacobian, pulled}) {
    CHECK(kernel.topLeftCorner(5, 5).norm() > 0);
    CHECK(kernel.topRightCorner(5, 5).isZero(0));
  }
}

TEST_CASE("the shorter two rows, the more draws they take", "[attention]") {
  const auto layout = TokenLayout::of_lengths({12, 5});
  const PrefixDraws draws(64, layout);
  const Matrix<double> counts = draws.inverse_counts<double>().cwiseInverse();
  CHECK(asymmetry(counts) == 0);
  CHECK(counts(0, 0) == 64);   // 1 ≤ 2·12·12/64 = 4.5
  CHECK(counts(1, 1) == 64);   // 4
  CHECK(counts(4, 0) == 32);   // 5 ≤ 18
  CHECK(counts(8, 1) == 32);   // 18
  CHECK(counts(5, 11) == 16);  // 72 ≤ 72
  CHECK(counts(8, 8) == 8);    // 81
  CHECK(counts(12, 0) == 64);  // two samples, 1 ≤ 2·12·5/64
  CHECK(counts(16, 11) == 8);  // 60 > 30
  CHECK(counts(16, 16) == 8);  // 25 > 12.5
  Vector<double> of_level = Vector<double>::Zero(4);
  for (Index draw = 0; draw < 64; ++draw) of_level(draws.level(draw)) += 1;
  CHECK(of_level == Vector<double>{{8, 8, 16, 32}});
  for (const Index few : {1, 2, 3, 4, 8}) {
    CAPTURE(few);
    CHECK(PrefixDraws(few, layout).end(0) == (few < 4 ? few : 2));
  }
}

TEST_CASE("behind a causal mask single precision gives what double precision does", "[attention]") {
  const double variance = GENERATE(0.25, 4.0);
  const double tangent_scale = GENERATE(1.0, 1e30, 1e-30), scale = GENERATE(1.0, 1e-25, 1e25);
  CAPTURE(variance, tangent_scale, scale);
  const TokenLayout layout{2, 24};
  const auto problem =
      SoftmaxProblem<double>::self(uneven(random_correlation(48, 60, 1)), layout, Mask::causal(), variance);
  const Matrix<double> tangent = tangent_scale * random_kernel(48, 48, 2),
                       b = scale * random_kernel(48, 48, 3), b_prime = scale * symmetric_matrix(48, 4);
  const Matrix<double> one = everything(RowPair(64).expect(problem, tangent, Stream(1)), b, b_prime),
                       two =
                           everything(RowPairIn<double>(64).expect(problem, tangent, Stream(1)), b, b_prime);
  for (Index block = 0; block < 6; ++block) {
    CAPTURE(block);
    CHECK(distance<double>(one.middleCols(48 * block, 48), two.middleCols(48 * block, 48)) < 1e-6);
  }
}

TEST_CASE("randomized quasi-Monte Carlo beats random draws", "[attention]") {
  const auto problem =
      SoftmaxProblem<double>::self(random_correlation(16, 4, 3), {1, 16}, Mask::none(), 0.25);
  const auto error = [&](Index draws) {
    return mean_of(RowPair(draws), problem, 32, 5).standard_error.leftCols(16).norm();
  };
  // Sixteen times the draws: plain random numbers would gain a factor of 4.
  CHECK(error(16) / error(256) > 6);
}

TEST_CASE("draws come in powers of two", "[attention]") {
  const Matrix<double> f = random_correlation(4, 9, 1);
  CHECK(RowPair(64).expect(SoftmaxProblem<double>::self(f, {1, 4}, Mask::none(), 1), f, Stream(1)).draws() ==
        64);
  CHECK(
      RowPair(64).expect(SoftmaxProblem<double>::self(f, {1, 4}, Mask::causal(), 1), f, Stream(1)).draws() ==
      64);
  CHECK(RowPair(64).expect(SoftmaxProblem<double>::self(f, {1, 4}, Mask::none(), 0), f, Stream(1)).draws() ==
        0);
  CHECK(RowPair(100).draws() == 128);
  CHECK(RowPair(1).draws() == 1);
  CHECK(RowPair(64).limited(40).draws() == 32);
  CHECK(RowPair(64).limited(1).draws() == 1);
  CHECK(RowPair(64).refined(0.5).draws() == 64);
  CHECK(RowPair(64).refined(1.5).draws() == 128);
}
