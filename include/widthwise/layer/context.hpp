// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "widthwise/attention/softmax_problem.hpp"
#include "widthwise/layer/sizes.hpp"

namespace widthwise {

/// What a layer needs besides the kernels: whose rows they are, how to take expectations, and from which
/// draws.
template <class Engine>
struct FlowContext {
  TokenLayout layout;
  Engine engine;
  Stream stream;
};

/// What a decoder reads of an encoder: the kernel F̃ of the encoder's output and its tangent.
template <class Scalar>
struct Memory {
  TokenLayout layout;  ///< of the encoder's rows; as many samples as the decoder has
  Matrix<Scalar> normalized;
  Matrix<Scalar> tangent;
};

/// What a decoder's layers need besides. The memory must outlive it.
template <class Scalar, class Engine>
struct DecoderContext : FlowContext<Engine> {
  const Memory<Scalar>& memory;
};

/// A group's additive contribution to the tangent kernel of the layer's output, at Λ = 1 (theory §3).
///
/// The expected squared gradient of the group is its order times this kernel (theory §5, §6).
template <class Scalar>
struct Contribution {
  std::string group;
  Matrix<Scalar> kernel;
};

/// A layer, linearized at the kernel G and the tangent Θ that reached it: the three faces of the map.
///
/// `forward` is the output's kernel and `tangent` the push of Θ, without the groups' own contributions;
/// `push` and `pull` are the linear map of tangents and its exact transpose: ⟨B', push(Θ)⟩ = ⟨pull(B'), Θ⟩
/// (theory §6). From a map that is moved from, as in `std::move(map).forward()`, the kernel may be taken
/// away; push, pull and contributions still work.
template <class M, class Scalar>
concept LinearizedMap = requires(const M& map, const Matrix<Scalar>& kernel) {
  { map.forward() } -> std::convertible_to<const Matrix<Scalar>&>;
  { map.tangent() } -> std::convertible_to<const Matrix<Scalar>&>;
  { map.push(kernel) } -> std::convertible_to<Matrix<Scalar>>;
  { map.pull(kernel) } -> std::convertible_to<Matrix<Scalar>>;
  { map.contributions() } -> std::same_as<std::vector<Contribution<Scalar>>>;
  { map.draws() } -> std::same_as<Index>;  // 0 where the result is exact
};

/// A layer that also reads an encoder's output: the linear map of its tangent, and its transpose, into the
/// memory's rows.
template <class M, class Scalar>
concept ReadsMemory = requires(const M& map, const Matrix<Scalar>& kernel) {
  { map.push_memory(kernel) } -> std::convertible_to<Matrix<Scalar>>;
  { map.pull_memory(kernel) } -> std::convertible_to<Matrix<Scalar>>;
};

/// What a residual branch is made of: a map of kernels that keeps the rows, and the groups whose
/// contributions its linearization names. `Context` is a FlowContext or a DecoderContext.
template <class L, class Scalar, class Context>
concept Layer = requires(const L& layer, const Matrix<Scalar>& kernel, const Context& context) {
  { layer.linearize(kernel, kernel, context) } -> LinearizedMap<Scalar>;
  { layer.groups(Sizes()) } -> std::same_as<std::vector<ParameterGroup>>;
};

}  // namespace widthwise
