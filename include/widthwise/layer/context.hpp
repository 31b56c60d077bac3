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

/// What a residual branch is made of: a map of kernels that keeps the rows, and the groups whose
/// contributions its linearization names.
template <class L, class Scalar, class Engine>
concept Layer = requires(const L& layer, const Matrix<Scalar>& kernel, const FlowContext<Engine>& context) {
  { layer.linearize(kernel, kernel, context) } -> LinearizedMap<Scalar>;
  { layer.groups(Sizes()) } -> std::same_as<std::vector<ParameterGroup>>;
};

}  // namespace widthwise
