// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "widthwise/kernel/estimate.hpp"
#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// Attention logits of one block over heads and networks; entry (r, t') of Ω̃ stands at r · T + t', for row r
/// and its key t'.
template <class Scalar>
struct MeasuredLogits {
  Index block;                          ///< as in Flow
  Estimate<Matrix<Scalar>> covariance;  ///< N T × N T
  Estimate<Scalar> excess_kurtosis;     ///< of an entry, 6/C for Gaussian queries and keys of C channels
};

/// C_Q C_K F_{r₁r₂} F_{t₁'t₂'}: what `MeasuredLogits::covariance` tends to (Eq. 1.61), the keys t' being
/// those of each row's own sample.
template <class Scalar>
Matrix<Scalar> logit_covariance(const Matrix<Scalar>& normalized, TokenLayout layout, Scalar variance) {
  const Index tokens = layout.tokens, size = layout.rows() * tokens;
  Matrix<Scalar> covariance(size, size);
  for (Index j = 0; j < layout.rows(); ++j)
    for (Index i = 0; i < layout.rows(); ++i)
      covariance.block(i * tokens, j * tokens, tokens, tokens) =
          variance * normalized(i, j) *
          normalized.block(i - layout.position(i), j - layout.position(j), tokens, tokens);
  return covariance;
}

namespace detail {

/// Second moments of all pairs of logits, and the mean square and fourth power of one, in one network.
template <class Scalar>
struct LogitMoments {
  Matrix<Scalar> second;
  Scalar square = 0, fourth = 0;
};

template <class Scalar>
LogitMoments<Scalar> logit_moments(const std::vector<Matrix<Scalar>>& logits, TokenLayout layout) {
  const Index tokens = layout.tokens, heads = static_cast<Index>(logits.size()) / layout.samples;
  Matrix<Scalar> all(layout.rows() * tokens, heads);
  for (Index a = 0; a < layout.samples; ++a)
    for (Index h = 0; h < heads; ++h)
      all.col(h).segment(layout.first_row(a) * tokens, tokens * tokens) =
          Matrix<Scalar>(logits[static_cast<std::size_t>(a * heads + h)].transpose()).reshaped();
  return {all * all.transpose() / static_cast<Scalar>(heads), all.array().square().mean(),
          all.array().square().square().mean()};
}

/// E[x⁴]/E[x²]² − 3 with its standard error over networks, linearized in the two means.
template <class Scalar>
Estimate<Scalar> excess_kurtosis(const std::vector<LogitMoments<Scalar>>& networks) {
  using std::sqrt;
  const auto count = static_cast<Scalar>(networks.size());
  Scalar square = 0, fourth = 0, scatter = 0;
  for (const auto& network : networks) square += network.square / count, fourth += network.fourth / count;
  for (const auto& network : networks) {
    const Scalar deviation = (network.fourth - fourth) / (square * square) -
                             2 * fourth * (network.square - square) / (square * square * square);
    scatter += deviation * deviation;
  }
  return {fourth / (square * square) - 3, sqrt(scatter / (count * (count > 1 ? count - 1 : 1)))};
}

}  // namespace detail

}  // namespace widthwise
