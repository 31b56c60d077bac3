// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "widthwise/gaussian/leading_root.hpp"
#include "widthwise/gaussian/normal_quantile.hpp"
#include "widthwise/gaussian/sobol.hpp"
#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// The keys' kernel less its weighted means over the keys of either sample, as softmax sees it: differences
/// of logits are all that matters. `weights_of(count)` are those of so many keys, which add up to one.
template <class Scalar, class WeightsOf>
Matrix<Scalar> centered(const Matrix<Scalar>& keys, const TokenLayout& layout, WeightsOf&& weights_of) {
  Matrix<Scalar> kernel(keys.rows(), keys.cols());
  for (Index b = 0; b < layout.samples; ++b) {
    const Vector<Scalar> column_weights = weights_of(layout.length(b));
    for (Index a = 0; a < layout.samples; ++a) {
      const Vector<Scalar> row_weights = weights_of(layout.length(a));
      const auto block =
          keys.block(layout.first_row(a), layout.first_row(b), layout.length(a), layout.length(b));
      const Vector<Scalar> column_means = block.transpose() * row_weights;
      const Vector<Scalar> row_means = block * column_weights;
      const Scalar mean = column_means.dot(column_weights);
      for (Index j = 0; j < layout.length(b); ++j)
        kernel.col(layout.first_row(b) + j).segment(layout.first_row(a), layout.length(a)) =
            (block.col(j).array() - row_means.array() + (mean - column_means(j))).matrix();
    }
  }
  return kernel;
}

/// The same with equal weights.
template <class Scalar>
Matrix<Scalar> centered(const Matrix<Scalar>& keys, const TokenLayout& layout) {
  return centered(keys, layout, [](Index count) -> Vector<Scalar> {
    return Vector<Scalar>::Constant(count, 1 / static_cast<Scalar>(count));
  });
}

/// Weights of `count` keys for rows that see the keys up to their own position: the t-th one's goes as
/// t^(−power).
template <class Scalar>
Vector<Scalar> prefix_weights(Index count, Scalar power) {
  const Vector<Scalar> weights =
      Vector<Scalar>::LinSpaced(count, 1, static_cast<Scalar>(count)).array().pow(-power).matrix();
  return weights / weights.sum();
}

/// The keys' kernel centered for such rows, with weights 1/t: logits are small in short rows, where one key
/// matters most, and their leading modes are what these see.
template <class Scalar>
Matrix<Scalar> centered_for_prefixes(const Matrix<Scalar>& keys, const TokenLayout& layout) {
  return centered(keys, layout, [](Index count) { return prefix_weights(count, Scalar(1)); });
}

/// Some draws of two rows of logits, one draw a column: x and x⊥, independent, over the keys of all samples.
///
/// Single precision throughout: a draw is random anyway, and once made its softmax is an exact number to all
/// that follows.
struct LogitBlock {
  Eigen::MatrixXf logits;  // keys × draws: x, then x⊥
  Index draws() const { return logits.cols() / 2; }

  auto x(Index first_key, Index keys) const { return logits.block(first_key, 0, keys, draws()); }
  auto x_across(Index first_key, Index keys) const { return logits.block(first_key, draws(), keys, draws()); }
};

/// s(ρx + √(1−ρ²)x⊥), the logits of a row of deviation s that has correlation ρ with the row x; entry by
/// entry, for arrays of any shape.
template <class Scalar, class X, class Across>
auto row_of_logits(const X& x, const Across& x_across, Scalar deviation, Scalar correlation) {
  const auto along = static_cast<float>(deviation * correlation);
  const auto across =
      static_cast<float>(deviation * std::sqrt(std::max(1 - correlation * correlation, Scalar(0))));
  return (along * x + across * x_across).eval();
}

/// Draws of two rows of logits, from scrambled Sobol points in the order of the keys' leading modes
/// (theory §4c).
///
/// As long as all draws take no more memory than a kernel they are kept; otherwise every visit makes them
/// again.
class LogitDraws {
 public:
  /// `kernel` is the keys', centered.
  template <class Scalar>
  LogitDraws(const Matrix<Scalar>& kernel, Scalar logit_variance, int log2_points, Stream stream)
      : log2_points_(log2_points),
        stream_(stream),
        variance_(static_cast<double>(logit_variance * kernel.diagonal().maxCoeff())),
        root_(
            (std::sqrt(static_cast<double>(logit_variance)) * leading_root(kernel)).template cast<float>()) {
    if (draws() > root_.rows()) return;
    make_blocks([&](LogitBlock& block) { kept_.push_back(std::move(block)); });
    root_.resize(0, 0);
  }

  /// The largest variance of a logit, less the mean over its row, at unit F₁₁.
  double variance() const { return variance_; }

  Index draws() const { return Index{1} << log2_points_; }

  /// Visits all draws as LogitBlocks of at most 64.
  template <class Visit>
  void for_each_block(Visit&& visit) const {
    if (kept_.empty())
      make_blocks([&](const LogitBlock& block) { visit(block); });
    else
      for (const LogitBlock& block : kept_) visit(block);
  }

 private:
  template <class Use>
  void make_blocks(Use&& use) const {
    const Index modes = root_.cols(), most = std::min<Index>(draws(), 64);
    // Each mode takes two dimensions, one for x and one for x⊥, so that both go in the modes' order.
    ScrambledSobol points(2 * modes, log2_points_, stream_);
    Eigen::MatrixXf noise(modes, 2 * most);
    for (Index first = 0; first < draws(); first += most) {
      for (Index draw = 0; draw < most; ++draw) {
        const Eigen::ArrayXf normal = normal_quantile(points.next());
        const Eigen::Map<const Eigen::Matrix<float, 2, Eigen::Dynamic>> pairs(normal.data(), 2, modes);
        noise.col(draw) = pairs.row(0).transpose();
        noise.col(most + draw) = pairs.row(1).transpose();
      }
      LogitBlock block{Eigen::MatrixXf(root_.rows(), 2 * most)};
      block.logits.noalias() = root_ * noise;
      use(block);
    }
  }

  int log2_points_;
  Stream stream_;
  double variance_ = 0;
  Eigen::MatrixXf root_;  // √(C_Q C_K) L
  std::vector<LogitBlock> kept_;
};

}  // namespace widthwise
