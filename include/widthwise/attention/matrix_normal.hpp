// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <vector>

#include "widthwise/attention/softmax_problem.hpp"
#include "widthwise/gaussian/covariance_root.hpp"

namespace widthwise {

/// Softmax expectations from whole random attention matrices: any mask, any ε, singular kernels (theory §4a,
/// 4b).
///
/// With F = L Lᵀ the logits of a draw are √(C_Q C_K) L Z Lᵀ, Z iid standard normal. Draws are never stored:
/// push and pull make them again from the stream, so every face of the map sees the same ones.
template <class Scalar>
class MatrixNormalExpectation {
 public:
  MatrixNormalExpectation(SoftmaxProblem<Scalar> problem, const Matrix<Scalar>& tangent, Index draws,
                          Stream stream)
      : problem_(std::move(problem)), stream_(stream), draws_(problem_.deterministic() ? 1 : draws) {
    if (!problem_.deterministic()) {
      query_root_ = covariance_root(problem_.queries);
      key_root_ = covariance_root(problem_.keys);
    }
    const Index n = problem_.query_layout.rows();
    values_.setZero(n, n);
    jacobian_.setZero(n, n);
    pushed_ = {Matrix<Scalar>::Zero(n, n), Matrix<Scalar>::Zero(n, n)};
    for_each_draw([&](const Attention& attention) {
      for_each_pair([&](Index a, Index b) { add_forward(attention, a, b, tangent); });
    });
    for (auto* mean : {&values_, &jacobian_, &pushed_.values, &pushed_.jacobian}) finish(*mean);
  }

  const Matrix<Scalar>& values() const { return values_; }
  const Matrix<Scalar>& jacobian() const { return jacobian_; }
  const SoftmaxPush<Scalar>& pushed() const& { return pushed_; }
  SoftmaxPush<Scalar> pushed() && { return std::move(pushed_); }
  Index draws() const { return problem_.deterministic() ? 0 : draws_; }

  SoftmaxPush<Scalar> push(const Matrix<Scalar>& tangent) const {
    const Index n = problem_.query_layout.rows();
    SoftmaxPush<Scalar> result{Matrix<Scalar>::Zero(n, n), Matrix<Scalar>::Zero(n, n)};
    for_each_draw([&](const Attention& attention) {
      for_each_pair([&](Index a, Index b) { add_push(attention, a, b, tangent, result); });
    });
    finish(result.values);
    finish(result.jacobian);
    return result;
  }

  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    const Index n = problem_.key_layout.rows();
    Matrix<Scalar> result = Matrix<Scalar>::Zero(n, n);
    for_each_draw([&](const Attention& attention) {
      for_each_pair([&](Index a, Index b) { add_pull(attention, a, b, values, jacobian, result); });
    });
    finish(result);
    return result;
  }

 private:
  // Ωᵀ of every sample, keys × queries, so that a softmax runs down a contiguous column.
  using Attention = std::vector<Matrix<Scalar>>;

  template <class Visit>
  void for_each_draw(Visit&& visit) const {
    boost::random::mt19937_64 generator(stream_.key());
    boost::random::normal_distribution<Scalar> normal;
    Matrix<Scalar> noise(query_root_.cols(), key_root_.cols());
    Attention attention(static_cast<std::size_t>(problem_.key_layout.samples));
    for (Index draw = 0; draw < draws_; ++draw) {
      for (Index i = 0; i < noise.size(); ++i) noise.data()[i] = normal(generator);
      softmax(noise, attention);
      visit(attention);
    }
  }

  void softmax(const Matrix<Scalar>& noise, Attention& attention) const {
    using std::sqrt;
    const Scalar hidden = -std::numeric_limits<Scalar>::infinity();
    const Matrix<Scalar> asked = sqrt(problem_.logit_variance) * query_root_ * noise;  // N_q × rank
    for (Index a = 0; a < problem_.key_layout.samples; ++a) {
      auto& omega = attention[static_cast<std::size_t>(a)];
      const Index t_q = problem_.query_layout.length(a), t_k = problem_.key_layout.length(a);
      if (noise.size() == 0)
        omega.setZero(t_k, t_q);
      else
        omega.noalias() = key_root_.middleRows(problem_.key_layout.first_row(a), t_k) *
                          asked.middleRows(problem_.query_layout.first_row(a), t_q).transpose();
      if (problem_.mask.kind() != Mask::Kind::none)
        for (Index query = 0; query < t_q; ++query)
          for (Index key = 0; key < t_k; ++key)
            if (!problem_.mask.visible(query, key)) omega(key, query) = hidden;
      for (Index query = 0; query < t_q; ++query) {
        auto row = omega.col(query).array();
        row = (row - row.maxCoeff()).exp();
        row /= row.sum();
      }
    }
  }

  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    for (Index a = 0; a < problem_.key_layout.samples; ++a)
      for (Index b = a; b < problem_.key_layout.samples; ++b) visit(a, b);
  }

  template <class Kernel>
  auto query_block(Kernel& kernel, Index a, Index b) const {
    const TokenLayout& layout = problem_.query_layout;
    return kernel.block(layout.first_row(a), layout.first_row(b), layout.length(a), layout.length(b));
  }

  // Theory §4a for one draw and the samples a, b, with R_X = X Ω_bᵀ and L_X = Ω_a X:
  //   𝒟[A,B] = Ω_a((A∘B)Ω_bᵀ − R_A∘R_B) − (L_A∘L_B)Ω_bᵀ + (Ω_aR_A)∘(Ω_aR_B).
  struct Sides {
    Matrix<Scalar> right;  // X Ω_bᵀ, T_k×T_q
    Matrix<Scalar> left;   // Ω_a X, T_q×T_k
    Matrix<Scalar> both;   // Ω_a X Ω_bᵀ, T_q×T_q
  };

  Sides sides(const Attention& attention, Index a, Index b, const Matrix<Scalar>& kernel) const {
    const auto& omega_a = attention[static_cast<std::size_t>(a)];
    const auto& omega_b = attention[static_cast<std::size_t>(b)];
    Sides s;
    s.right.noalias() = problem_.key_block(kernel, a, b) * omega_b;
    if (a == b)
      s.left = s.right.transpose();  // kernels are symmetric
    else
      s.left.noalias() = omega_a.transpose() * problem_.key_block(kernel, a, b);
    s.both.noalias() = omega_a.transpose() * s.right;
    return s;
  }

  Matrix<Scalar> jacobian_pair(const Attention& attention, Index a, Index b, const Matrix<Scalar>& first,
                               const Sides& f, const Matrix<Scalar>& second, const Sides& s) const {
    const auto& omega_a = attention[static_cast<std::size_t>(a)];
    const auto& omega_b = attention[static_cast<std::size_t>(b)];
    Matrix<Scalar> inside(omega_b.rows(), omega_b.cols());
    inside.noalias() =
        problem_.key_block(first, a, b).cwiseProduct(problem_.key_block(second, a, b)).eval() * omega_b;
    Matrix<Scalar> result = f.both.cwiseProduct(s.both);
    if (a == b) {
      // The two middle terms are each other's transpose: fold them into one product and symmetrize.
      inside -= 2 * f.right.cwiseProduct(s.right);
      const Matrix<Scalar> half = omega_a.transpose() * inside;
      result += (half + half.transpose()) / 2;
    } else {
      inside -= f.right.cwiseProduct(s.right);
      result.noalias() += omega_a.transpose() * inside;
      result.noalias() -= f.left.cwiseProduct(s.left).eval() * omega_b;
    }
    return result;
  }

  void add_forward(const Attention& attention, Index a, Index b, const Matrix<Scalar>& tangent) {
    const Sides f = sides(attention, a, b, problem_.keys);
    query_block(values_, a, b) += f.both;
    query_block(jacobian_, a, b) += jacobian_pair(attention, a, b, problem_.keys, f, problem_.keys, f);
    const Sides t = sides(attention, a, b, tangent);
    query_block(pushed_.values, a, b) += t.both;
    query_block(pushed_.jacobian, a, b) += jacobian_pair(attention, a, b, tangent, t, problem_.keys, f);
  }

  void add_push(const Attention& attention, Index a, Index b, const Matrix<Scalar>& tangent,
                SoftmaxPush<Scalar>& result) const {
    const Sides f = sides(attention, a, b, problem_.keys);
    const Sides t = sides(attention, a, b, tangent);
    query_block(result.values, a, b) += t.both;
    query_block(result.jacobian, a, b) += jacobian_pair(attention, a, b, tangent, t, problem_.keys, f);
  }

  // The transpose of push (theory §6): each term of 𝒟[A,F] read backwards, from the pair's cotangents to A's
  // block.
  void add_pull(const Attention& attention, Index a, Index b, const Matrix<Scalar>& values,
                const Matrix<Scalar>& jacobian, Matrix<Scalar>& result) const {
    const auto& omega_a = attention[static_cast<std::size_t>(a)];
    const auto& omega_b = attention[static_cast<std::size_t>(b)];
    const Sides f = sides(attention, a, b, problem_.keys);
    const auto cotangent = query_block(jacobian, a, b);
    const Matrix<Scalar> right = omega_a * cotangent;          // Ω_aᵀ B
    const Matrix<Scalar> outer = right * omega_b.transpose();  // Ω_aᵀ B Ω_b
    const auto keys = problem_.key_block(problem_.keys, a, b);
    Matrix<Scalar> pulled = keys.cwiseProduct(outer);

    // The values' cotangent and the last term of 𝒟 share the outer product Ω_aᵀ · Ω_b.
    const Matrix<Scalar> inside = query_block(values, a, b) + cotangent.cwiseProduct(f.both);
    Matrix<Scalar> middle = omega_a * inside;
    middle -= right.cwiseProduct(f.right);
    if (a == b) {
      middle -= right.cwiseProduct(f.right);
      const Matrix<Scalar> half = middle * omega_b.transpose();
      pulled += (half + half.transpose()) / 2;
    } else {
      pulled.noalias() += middle * omega_b.transpose();
      const Matrix<Scalar> left = cotangent * omega_b.transpose();  // B Ω_b
      pulled.noalias() -= omega_a * left.cwiseProduct(f.left).eval();
    }
    result.block(problem_.key_layout.first_row(a), problem_.key_layout.first_row(b), pulled.rows(),
                 pulled.cols()) += pulled;
  }

  // Divides by the number of draws and mirrors the pairs of samples below the diagonal.
  void finish(Matrix<Scalar>& sum) const { sum = mirrored<Scalar>(sum / static_cast<Scalar>(draws_)); }

  SoftmaxProblem<Scalar> problem_;
  Stream stream_;
  Index draws_;
  Matrix<Scalar> query_root_;
  Matrix<Scalar> key_root_;
  Matrix<Scalar> values_;
  Matrix<Scalar> jacobian_;
  SoftmaxPush<Scalar> pushed_;
};

/// The engine that draws whole attention matrices; the judge of faster ones (theory §4b).
///
/// One draw costs about ten T×T×T products per pair of samples. The error falls as 1/√draws.
class MatrixNormal {
 public:
  MatrixNormal() = default;
  constexpr explicit MatrixNormal(Index draws) : draws_(std::max<Index>(1, draws)) {}

  template <class Scalar>
  MatrixNormalExpectation<Scalar> expect(SoftmaxProblem<Scalar> problem, const Matrix<Scalar>& tangent,
                                         Stream stream) const {
    problem.require_valid();
    return {std::move(problem), tangent, draws_, stream};
  }

  Index draws() const { return draws_; }

  /// As many more draws as make the variance smaller by `factor`.
  MatrixNormal refined(double factor) const {
    return MatrixNormal(static_cast<Index>(std::ceil(static_cast<double>(draws_) * std::max(1.0, factor))));
  }

  MatrixNormal limited(Index most) const { return MatrixNormal(std::min(draws_, most)); }

 private:
  Index draws_ = 4;
};

}  // namespace widthwise
