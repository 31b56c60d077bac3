// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include "widthwise/attention/mask.hpp"
#include "widthwise/kernel/layout.hpp"
#include "widthwise/random/stream.hpp"

namespace widthwise {

/// The Gaussian logits of one attention head, and the kernel of what its keys and values read.
///
/// Cov(Ω̃_{t₁t₁'}, Ω̃_{t₂t₂'}) = `logit_variance` · `queries`_{t₁t₂} · `keys`_{t₁'t₂'}, Ω = softmax(Ω̃) over the
/// visible keys (Eqs. 1.61, 1.64–1.65; theory §2). Both kernels are of normalized signals; in self-attention
/// they are the same.
template <class Scalar>
struct SoftmaxProblem {
  Matrix<Scalar> queries;  ///< N_q×N_q, F of the signal that asks
  Matrix<Scalar> keys;     ///< N_k×N_k, F of the signal that is read
  TokenLayout query_layout;
  TokenLayout key_layout;  ///< as many samples as query_layout
  Mask mask = Mask::none();
  Scalar logit_variance = 0;  ///< C_Q C_K

  /// Self-attention: one signal asks and is read.
  static SoftmaxProblem self(const Matrix<Scalar>& normalized, TokenLayout layout, Mask mask,
                             Scalar logit_variance) {
    return {normalized, normalized, layout, layout, std::move(mask), logit_variance};
  }

  /// The keys' kernel between samples a and b; likewise for any N_k×N_k matrix.
  auto key_block(const Matrix<Scalar>& kernel, Index a, Index b) const {
    return kernel.block(key_layout.first_row(a), key_layout.first_row(b), key_layout.length(a),
                        key_layout.length(b));
  }

  /// Whether Ω does not depend on the draw: no logit variance, or a single visible key in every row.
  bool deterministic() const {
    if (logit_variance == 0) return true;
    // Samples of one length are alike to a mask.
    const bool alike = query_layout.same_length() && key_layout.same_length();
    for (Index sample = 0; sample < (alike ? 1 : query_layout.samples); ++sample)
      for (Index query = 0; query < query_layout.length(sample); ++query)
        if (mask.count(query, key_layout.length(sample)) > 1) return false;
    return true;
  }

  /// Throws std::invalid_argument where shapes, the mask or the variance make no sense together.
  void require_valid() const {
    require_kernel(queries, query_layout.rows(), "attention: the kernel of the queries");
    require_kernel(keys, key_layout.rows(), "attention: the kernel of the keys");
    mask.require_fit(query_layout, key_layout);
    if (!(logit_variance >= 0 && logit_variance <= std::numeric_limits<Scalar>::max()))
      detail::reject("attention: C_Q C_K is ", logit_variance, " but should be finite and not negative");
  }
};

/// What a kernel on the keys becomes: through the values, and through the softmax by way of the keys.
template <class Scalar>
struct SoftmaxPush {
  Matrix<Scalar> values;    ///< E[Ω A Ωᵀ], N_q×N_q
  Matrix<Scalar> jacobian;  ///< 𝒟[A, F] with F the keys' kernel, N_q×N_q
};

/// The expectations of one softmax problem: forward S and 𝒟[F,F], push and its exact transpose pull.
///
/// ⟨B_v, push(A).values⟩ + ⟨B_j, push(A).jacobian⟩ = ⟨pull(B_v, B_j), A⟩ to rounding (theory §6).
template <class E, class Scalar>
concept SoftmaxExpectation = requires(const E& expectation, const Matrix<Scalar>& a) {
  { expectation.values() } -> std::convertible_to<const Matrix<Scalar>&>;    // S = E[Ω F Ωᵀ]
  { expectation.jacobian() } -> std::convertible_to<const Matrix<Scalar>&>;  // 𝒟[F, F]
  {
    expectation.pushed()
    } -> std::convertible_to<const SoftmaxPush<Scalar>&>;  // push of the tangent it was made with
  { expectation.push(a) } -> std::same_as<SoftmaxPush<Scalar>>;
  { expectation.pull(a, a) } -> std::same_as<Matrix<Scalar>>;
  { expectation.draws() } -> std::same_as<Index>;  // 0 where the result is exact
};

/// A way to compute softmax expectations: `expect` answers for one problem, all from the draws of one stream.
///
/// `tangent` (N_k×N_k) is a kernel whose push is wanted anyway, so that one pass over the draws serves both.
template <class E, class Scalar>
concept SoftmaxEngine = requires(const E& engine, const SoftmaxProblem<Scalar>& problem,
                                 const Matrix<Scalar>& tangent, Stream stream) {
  { engine.expect(problem, tangent, stream) } -> SoftmaxExpectation<Scalar>;
  { engine.refined(1.0) } -> std::same_as<E>;       // an engine whose variance is smaller by this factor
  { engine.limited(Index{1}) } -> std::same_as<E>;  // the same engine with at most so many draws
  { engine.draws() } -> std::convertible_to<Index>;
};

}  // namespace widthwise
