// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "widthwise/attention/any_expectation.hpp"
#include "widthwise/attention/matrix_normal.hpp"
#include "widthwise/attention/padded.hpp"
#include "widthwise/attention/row_pair_causal.hpp"
#include "widthwise/attention/row_pair_grid.hpp"
#include "widthwise/attention/row_pair_rows.hpp"

namespace widthwise {

/// Softmax expectations from single pairs of rows: the kernels' entries are functions of three numbers
/// (theory §4c). Sums behind a causal mask run in `Lane`.
template <class Scalar, class Lane>
class RowPairExpectation {
 public:
  RowPairExpectation(SoftmaxProblem<Scalar> problem, const Matrix<Scalar>& tangent, int log2_draws,
                     Stream stream)
      : RowPairExpectation(std::move(problem),
                           centered_for(problem.mask.kind(), problem.keys, problem.key_layout), tangent,
                           log2_draws, stream) {}

  const Matrix<Scalar>& values() const { return values_; }
  const Matrix<Scalar>& jacobian() const { return jacobian_; }
  const SoftmaxPush<Scalar>& pushed() const& { return pushed_; }
  SoftmaxPush<Scalar> pushed() && { return std::move(pushed_); }
  Index draws() const { return draws_.draws(); }

  SoftmaxPush<Scalar> push(const Matrix<Scalar>& tangent) const {
    return push_both([&] { return centered(keys_, layout_); }, tangent).tangent;
  }

  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    return with_sums([&] { return centered(keys_, layout_); },
                     [&](const auto& sums) { return sums.pull(values, jacobian); });
  }

 private:
  RowPairExpectation(SoftmaxProblem<Scalar>&& problem, const Matrix<Scalar>& kernel,
                     const Matrix<Scalar>& tangent, int log2_draws, Stream stream)
      : keys_(std::move(problem.keys)),
        layout_(problem.key_layout),
        logit_variance_(problem.logit_variance),
        causal_(problem.mask.kind() == Mask::Kind::causal),
        draws_(kernel, problem.logit_variance, log2_draws, stream),
        grid_(row_pair_grid(problem.queries, problem.query_layout, draws_.variance(),
                            causal_ ? causal_row_pair_accuracy(draws_.draws()) : row_pair_accuracy)) {
    auto pushes = push_both([&]() -> const Matrix<Scalar>& { return kernel; }, tangent);
    values_ = std::move(pushes.keys.values);
    jacobian_ = std::move(pushes.keys.jacobian);
    pushed_ = std::move(pushes.tangent);
  }

  static Matrix<Scalar> centered_for(Mask::Kind mask, const Matrix<Scalar>& keys, TokenLayout layout) {
    return mask == Mask::Kind::causal ? centered_for_prefixes(keys, layout) : centered(keys, layout);
  }

  // `centered_keys()` is asked for without a mask only.
  template <class CenteredKeys, class Use>
  auto with_sums(CenteredKeys&& centered_keys, Use&& use) const {
    return causal_
               ? use(CausalRowPairSums<Scalar, Lane>(keys_, layout_, grid_, draws_, logit_variance_))
               : use(RowPairSums<Scalar>(keys_, centered_keys(), layout_, grid_, draws_, logit_variance_));
  }

  template <class CenteredKeys>
  RowPairPushes<Scalar> push_both(CenteredKeys&& centered_keys, const Matrix<Scalar>& tangent) const {
    return with_sums(centered_keys, [&](const auto& sums) { return sums.push(tangent); });
  }

  Matrix<Scalar> keys_;
  TokenLayout layout_;
  Scalar logit_variance_;
  bool causal_;
  LogitDraws draws_;
  PairGrid<Scalar> grid_;
  Matrix<Scalar> values_;
  Matrix<Scalar> jacobian_;
  SoftmaxPush<Scalar> pushed_;
};

/// The engine that draws pairs of rows by randomized quasi-Monte Carlo (theory §4c). Rows behind a causal
/// mask take the fewer of them the longer they are (PrefixDraws), and are summed over them in `Lane`. Of a
/// custom mask that shows all queries the same keys the others are left out; any other one goes to
/// MatrixNormal.
template <class Lane>
class RowPairIn {
 public:
  template <class Scalar>
  using Expectation = AnyExpectation<Scalar, RowPairExpectation<Scalar, Lane>,
                                     PaddedExpectation<Scalar, RowPairExpectation<Scalar, Lane>>,
                                     MatrixNormalExpectation<Scalar>>;

  RowPairIn() = default;

  /// `draws` is rounded up to a power of two.
  constexpr explicit RowPairIn(Index draws)
      : log2_draws_(
            static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::max<Index>(1, draws)) - 1))) {}

  template <class Scalar>
  Expectation<Scalar> expect(SoftmaxProblem<Scalar> problem, const Matrix<Scalar>& tangent,
                             Stream stream) const {
    problem.require_valid();
    const bool custom = problem.mask.kind() == Mask::Kind::custom;
    const bool padding =
        custom && problem.mask.same_for_all(problem.query_layout.tokens, problem.key_layout.tokens);
    if (problem.deterministic() || (custom && !padding))
      return MatrixNormalExpectation<Scalar>(std::move(problem), tangent, draws(), stream);
    if (padding) {
      const SeenKeys<Scalar> seen(problem.mask, problem.key_layout);
      return PaddedExpectation(
          seen, RowPairExpectation<Scalar, Lane>(seen.problem(std::move(problem)), seen.restrict(tangent),
                                                 log2_draws_, stream));
    }
    return RowPairExpectation<Scalar, Lane>(std::move(problem), tangent, log2_draws_, stream);
  }

  Index draws() const { return Index{1} << log2_draws_; }

  /// As many more draws as should make the variance smaller by `factor`.
  RowPairIn refined(double factor) const {
    RowPairIn engine = *this;
    if (factor > 1)
      engine.log2_draws_ += std::max(1, static_cast<int>(std::lround(std::log2(factor) * 2 / 3)));
    return engine;
  }

  /// Draws come in powers of two, so that there may be fewer than asked for.
  RowPairIn limited(Index most) const {
    RowPairIn engine = *this;
    engine.log2_draws_ =
        std::min(log2_draws_,
                 static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::max<Index>(1, most)))) - 1);
    return engine;
  }

 private:
  int log2_draws_ = 7;
};

/// In single precision: rounding is far below sampling errors, and the sums take two thirds of the time.
using RowPair = RowPairIn<float>;

}  // namespace widthwise
