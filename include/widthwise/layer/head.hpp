// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/layer/layer_norm.hpp"
#include "widthwise/layer/pool.hpp"
#include "widthwise/layer/token_stem.hpp"

namespace widthwise {

/// A head at a kernel: layer norm, then one linear map to the outputs, before pooling
/// (Eqs. 1.80, 1.84, 1.178–1.190).
///
/// The kernel is the one at s = 0; the scale family multiplies it by n^(−s).
template <class Scalar>
class LinearizedHead {
 public:
  LinearizedHead(LinearizedLayerNorm<Scalar> norm, Scalar coefficient,
                 std::vector<Contribution<Scalar>> contributions)
      : norm_(std::move(norm)),
        coefficient_(coefficient),
        contributions_(std::move(contributions)),
        forward_(coefficient_ * norm_.forward()),
        tangent_(coefficient_ * norm_.tangent()) {}

  const Matrix<Scalar>& forward() const& { return forward_; }
  const Matrix<Scalar>& tangent() const& { return tangent_; }
  Matrix<Scalar> forward() && { return std::move(forward_); }
  Matrix<Scalar> tangent() && { return std::move(tangent_); }
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const { return coefficient_ * norm_.push(tangent); }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const { return coefficient_ * norm_.pull(cotangent); }
  std::vector<Contribution<Scalar>> contributions() const { return contributions_; }
  Index draws() const { return 0; }
  const Matrix<Scalar>& normalized() const& { return norm_.forward(); }
  Matrix<Scalar> normalized() && { return std::move(norm_).forward(); }

 private:
  LinearizedLayerNorm<Scalar> norm_;
  Scalar coefficient_;
  std::vector<Contribution<Scalar>> contributions_;
  Matrix<Scalar> forward_;
  Matrix<Scalar> tangent_;
};

/// Order-one initialization coefficient of an untied head: the variance of an entry is C_head/n^(1+s)
/// (Eq. 1.34).
struct LinearHeadCoefficients {
  double weight = 1;  ///< C_head
};

/// Layer norm and an untied linear map to n_out outputs, its bias zero at initialization
/// (Eqs. 1.80, 1.178–1.183).
struct LinearHead {
  LinearHeadCoefficients coefficients = {};
  Index outputs = 1;  ///< n_out
  bool bias = true;
  Pool pool = Pool::mean;
  LayerNorm norm = {};

  static constexpr bool tied = false;

  template <class Scalar, class Stem, class Engine>
  LinearizedHead<Scalar> linearize(const Stem&, const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent,
                                   const FlowContext<Engine>& context) const {
    auto normalized = norm.linearize(kernel, tangent, context);
    std::vector<Contribution<Scalar>> contributions{{"head", normalized.forward()}};
    if (bias) contributions.push_back({"head_bias", Matrix<Scalar>::Ones(kernel.rows(), kernel.cols())});
    return {std::move(normalized), static_cast<Scalar>(coefficients.weight), std::move(contributions)};
  }

  /// Eqs. 1.34, 1.99–1.116; the gradient of neither passes through the head's weight.
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    const Monomial n = sizes.n(), n_out{"n_out", static_cast<double>(outputs)};
    std::vector<ParameterGroup> groups{{.name = "head",
                                        .symbol = "W_head",
                                        .shape = {outputs, sizes.width},
                                        .coefficient = Coefficient{"C_head", coefficients.weight},
                                        .fan_in = n,
                                        .order = n,
                                        .active = n * n_out,
                                        .head = true}};
    if (bias)
      groups.push_back(
          {.name = "head_bias", .symbol = "b_head", .shape = {outputs}, .active = n_out, .head = true});
    return groups;
  }
};

/// Layer norm and the word embedding read backwards, its output multiplied by N_rescale
/// (Eqs. 1.84, 1.185–1.190).
///
/// Contact terms (1.85–1.87), which touch single output components, are not part of the kernel.
struct TiedHead {
  Pool pool = Pool::none;
  LayerNorm norm = {};

  static constexpr bool tied = true;

  template <class Scalar, class Engine>
  LinearizedHead<Scalar> linearize(const TokenStem& stem, const Matrix<Scalar>& kernel,
                                   const Matrix<Scalar>& tangent, const FlowContext<Engine>& context) const {
    auto normalized = norm.linearize(kernel, tangent, context);
    std::vector<Contribution<Scalar>> contributions{{"WE", normalized.forward()}};
    return {std::move(normalized), static_cast<Scalar>(stem.coefficients.embedding),
            std::move(contributions)};
  }

  /// None of its own: the weight is the stem's.
  std::vector<ParameterGroup> groups(const Sizes&) const { return {}; }
};

}  // namespace widthwise
