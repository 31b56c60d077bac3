// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Polynomial interpolation on an interval through Chebyshev–Lobatto nodes: the ends and n − 2 points
/// between.
///
/// A function with values f at the nodes is interpolated at points x by T(x) · coefficients() · f, with
/// Chebyshev polynomials T₀ … T_{n−1} side by side, points × n. Its transpose, which carries cotangents from
/// the points to the nodes, is coefficients()ᵀ · T(x)ᵀ. `evaluate` and `Moments` multiply by T(x) and its
/// transpose without storing it, sixteen points at a time.
template <class Scalar>
class Chebyshev {
 public:
  static constexpr Index lanes = 16;  ///< so many points stay in registers
  using Lanes = Eigen::Array<Scalar, lanes, 1>;

  /// A single node lies in the middle. Needs low ≤ high and nodes ≥ 1.
  Chebyshev(Scalar low, Scalar high, Index nodes)
      : middle_((low + high) / 2),
        scale_(high > low ? 2 / (high - low) : Scalar(0)),
        nodes_(nodes),
        coefficients_(Matrix<Scalar>::Ones(nodes, nodes)) {
    nodes_(0) = nodes == 1 ? middle_ : high;
    if (nodes == 1) return;
    const Index last = nodes - 1;
    const auto cosine = [&](Index i) {
      return std::cos(std::numbers::pi_v<Scalar> * static_cast<Scalar>(i) / static_cast<Scalar>(last));
    };
    const auto half_at_ends = [&](Index i) {
      return i == 0 || i == last ? Scalar(0.5) : Scalar(1);
    };
    for (Index k = 0; k < nodes; ++k) {
      nodes_(k) = k == last ? low : std::clamp(middle_ + cosine(k) * (high - low) / 2, low, high);
      if (k == 0) nodes_(k) = high;
      for (Index degree = 0; degree < nodes; ++degree)
        coefficients_(degree, k) = 2 * half_at_ends(degree) * half_at_ends(k) *
                                   cosine(degree * k % (2 * last)) / static_cast<Scalar>(last);
    }
  }

  Index size() const { return nodes_.size(); }

  /// The nodes, from high to low.
  const Vector<Scalar>& nodes() const { return nodes_; }

  /// Values at the nodes to Chebyshev coefficients, n×n.
  const Matrix<Scalar>& coefficients() const { return coefficients_; }

  /// Lagrange weights of the nodes, T(points) · coefficients(), points × n; computed in `Weight`.
  template <class Weight = Scalar, class Points>
  Matrix<Weight> weights(const Eigen::MatrixBase<Points>& points) const {
    using Some = Eigen::Array<Weight, lanes, 1>;
    const Matrix<Weight> coefficients = coefficients_.template cast<Weight>();
    Matrix<Weight> weights(points.size(), size());
    Eigen::Array<Weight, lanes, Eigen::Dynamic> basis(lanes, size());
    for (Index first = 0; first < points.size(); first += lanes) {
      const Index count = std::min(lanes, points.size() - first);
      const Some x = scaled(points, first, count).template cast<Weight>();
      basis.col(0).setOnes();
      if (size() > 1) basis.col(1) = x;
      for (Index degree = 2; degree < size(); ++degree)
        basis.col(degree) = 2 * x * basis.col(degree - 1) - basis.col(degree - 2);
      for (Index node = 0; node < size(); ++node) {
        Some sum = Some::Constant(coefficients(0, node));
        for (Index degree = 1; degree < size(); ++degree)
          sum += coefficients(degree, node) * basis.col(degree);
        weights.col(node).segment(first, count) = sum.head(count).matrix();
      }
    }
    return weights;
  }

  /// Q functions at once by their coefficients (n×Q): `use(first, count, values)` gets, as Q Lanes,
  /// Σ_n series(n, q) T_n at the points from `first` on.
  template <int Q, class Points, class Use>
  void evaluate(const Eigen::MatrixBase<Points>& points,
                const Eigen::Matrix<Scalar, Eigen::Dynamic, Q>& series, Use&& use) const {
    for (Index first = 0; first < points.size(); first += lanes) {
      const Index count = std::min(lanes, points.size() - first);
      const Lanes x = scaled(points, first, count);
      Lanes before = Lanes::Ones(), polynomial = x;
      std::array<Lanes, Q> sums;
      for (int q = 0; q < Q; ++q) sums[static_cast<std::size_t>(q)] = Lanes::Constant(series(0, q));
      for (Index degree = 1; degree < size(); ++degree) {
        for (int q = 0; q < Q; ++q) sums[static_cast<std::size_t>(q)] += series(degree, q) * polynomial;
        const Lanes next = 2 * x * polynomial - before;
        before = polynomial;
        polynomial = next;
      }
      use(first, count, sums);
    }
  }

  /// The transpose of `evaluate`: sums of Σ_i values_q(i) T_n(xᵢ) over some calls of `add`.
  template <int Q>
  class Moments {
   public:
    explicit Moments(const Chebyshev& chebyshev) : chebyshev_(chebyshev), sums_(lanes, chebyshev.size() * Q) {
      sums_.setZero();
    }

    /// `load(first, count)` gives the values as Q Lanes, zero from `count` on.
    template <class Points, class Load>
    void add(const Eigen::MatrixBase<Points>& points, Load&& load) {
      for (Index first = 0; first < points.size(); first += lanes) {
        const Index count = std::min(lanes, points.size() - first);
        const std::array<Lanes, Q> values = load(first, count);
        const Lanes x = chebyshev_.scaled(points, first, count);
        Lanes before = Lanes::Ones(), polynomial = x;
        for (int q = 0; q < Q; ++q) sums_.col(q) += values[static_cast<std::size_t>(q)];
        for (Index degree = 1; degree < chebyshev_.size(); ++degree) {
          for (int q = 0; q < Q; ++q)
            sums_.col(degree * Q + q) += values[static_cast<std::size_t>(q)] * polynomial;
          const Lanes next = 2 * x * polynomial - before;
          before = polynomial;
          polynomial = next;
        }
      }
    }

    /// The sums so far, n×Q.
    Eigen::Matrix<Scalar, Eigen::Dynamic, Q> sums() const {
      return sums_.colwise().sum().matrix().reshaped(Q, chebyshev_.size()).transpose();
    }
    void clear() { sums_.setZero(); }

   private:
    const Chebyshev& chebyshev_;
    Eigen::Array<Scalar, lanes, Eigen::Dynamic> sums_;
  };

 private:
  template <class Points>
  Lanes scaled(const Eigen::MatrixBase<Points>& points, Index first, Index count) const {
    if (count == lanes) return scale_ * (points.template segment<lanes>(first).array() - middle_);
    Lanes x = Lanes::Zero();
    x.head(count) = scale_ * (points.segment(first, count).array() - middle_);
    return x;
  }

  Scalar middle_;
  Scalar scale_;
  Vector<Scalar> nodes_;
  Matrix<Scalar> coefficients_;
};

}  // namespace widthwise
