// SPDX-License-Identifier: MIT
// Laws of every layer: a new layer is one more line in the list, in every scalar type that it should serve.
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/network/model.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

template <class LayerType, class ScalarType>
struct LayerSubject {
  using Scalar = ScalarType;
  static LayerType make() { return {}; }
};

template <class ScalarType>
struct CausalAttention {
  using Scalar = ScalarType;
  static Residual<SelfAttention> make() {
    return {LayerNorm{0.2}, {{.query = 2, .key = 3, .value = 0.7, .output = 1.2}, Mask::causal()}};
  }
};

// Heads take the stem as well; this makes layers of them.
template <class Head, class Stem>
struct HeadLayer {
  Head head;
  Stem stem;
  template <class Scalar, class Engine>
  auto linearize(const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent,
                 const FlowContext<Engine>& c) const {
    return head.linearize(stem, kernel, tangent, c);
  }
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    auto groups = head.groups(sizes);
    for (auto& group : stem.groups(sizes)) groups.push_back(group);
    return groups;
  }
};

}  // namespace

// clang-format off
TEMPLATE_TEST_CASE("every layer obeys the laws", "[laws]",
                   (LayerSubject<Residual<SelfAttention>, double>), (LayerSubject<Residual<SelfAttention>, float>), (LayerSubject<Residual<SelfAttention>, long double>),
                   (LayerSubject<LayerNorm, double>), (CausalAttention<double>), (CausalAttention<float>),
                   (LayerSubject<Residual<Mlp<Identity>>, double>), (LayerSubject<Residual<Mlp<Relu>>, double>), (LayerSubject<Residual<Mlp<LeakyRelu>>, double>),
                   (LayerSubject<Residual<Mlp<Erf>>, double>), (LayerSubject<Residual<Mlp<Gelu>>, double>), (LayerSubject<Residual<Mlp<GeluTanh>>, double>),
                   (LayerSubject<Residual<Mlp<Tanh>>, double>), (LayerSubject<Residual<Mlp<Silu>>, double>), (LayerSubject<Residual<Mlp<Sine>>, double>),
                   (LayerSubject<Residual<Mlp<Gelu>>, float>), (LayerSubject<Residual<Mlp<Tanh>>, float>), (LayerSubject<Residual<Mlp<Gelu>>, long double>),
                   (LayerSubject<HeadLayer<LinearHead, PatchStem>, double>), (LayerSubject<HeadLayer<LinearHead, PatchStem>, float>),
                   (LayerSubject<HeadLayer<TiedHead, TokenStem>, double>)) {
  // clang-format on
  using Scalar = typename TestType::Scalar;
  const Scalar rounding = 5000 * std::numeric_limits<Scalar>::epsilon();  // 1e-12 in double
  const TokenLayout layout = GENERATE(TokenLayout{1, 5}, TokenLayout{3, 2}, TokenLayout{2, 1},
                                      TokenLayout{2, 4}, TokenLayout::of_lengths({4, 1, 3}));
  const Index rank = GENERATE(2, 20);
  const Index n = layout.rows();
  CAPTURE(layout.samples, layout.tokens, rank);

  const auto layer = TestType::make();
  const Matrix<Scalar> kernel = random_kernel<Scalar>(n, rank, 1), tangent = random_kernel<Scalar>(n, n, 2);
  const FlowContext<MatrixNormal> context{layout, MatrixNormal(8), Stream(3)};
  const auto map = layer.linearize(kernel, tangent, context);
  static_assert(LinearizedMap<decltype(map), Scalar>);

  const Matrix<Scalar> pushed = map.push(tangent);
  CHECK(distance<Scalar>(map.tangent(), pushed) < rounding);

  // ⟨B', Θ'⟩ = ⟨B, Θ⟩ + ⟨B', additive⟩, with Λ = 1, 2, 3, … for the groups
  const Matrix<Scalar> cotangent = symmetric_matrix<Scalar>(n, 4);
  const Matrix<Scalar> pulled = map.pull(cotangent);
  Matrix<Scalar> additive = Matrix<Scalar>::Zero(n, n);
  Scalar rate = 1;
  for (const auto& contribution : map.contributions()) additive += rate++ * contribution.kernel;
  const Matrix<Scalar> next = pushed + additive;
  CHECK(std::abs(inner(cotangent, next) - inner(pulled, tangent) - inner(cotangent, additive)) <
        rounding * cotangent.norm() * next.norm());
  CHECK(asymmetry(pulled) <= rounding * pulled.norm());

  CHECK(asymmetry(map.forward()) == 0);
  CHECK(asymmetry(pushed) == 0);
  CHECK(least_eigenvalue(map.forward()) > -rounding * map.forward().norm());
  CHECK(least_eigenvalue(pushed) >
        -rounding * pushed.norm());  // the tangent handed in is positive semidefinite

  const auto groups = layer.groups(Sizes{12, 3});
  for (const auto& contribution : map.contributions()) {
    CAPTURE(contribution.group);
    CHECK(std::any_of(groups.begin(), groups.end(),
                      [&](const auto& g) { return g.name == contribution.group; }));
    CHECK(asymmetry(contribution.kernel) == 0);
    CHECK(least_eigenvalue(contribution.kernel) > -rounding * map.forward().norm());
  }
}

TEMPLATE_TEST_CASE("layers that sample nothing commute with permutations of tokens", "[laws]",
                   (LayerSubject<Residual<Mlp<Gelu>>, double>), (LayerSubject<Residual<Mlp<Tanh>>, double>),
                   (LayerSubject<HeadLayer<LinearHead, PatchStem>, double>),
                   (LayerSubject<Residual<SelfAttention>, double>)) {
  const TokenLayout layout{2, 2};  // two tokens, so that attention is exact
  Eigen::PermutationMatrix<Eigen::Dynamic> swap(4);
  swap.indices() << 1, 0, 3, 2;
  const auto permuted = [&](const Matrix<double>& k) -> Matrix<double> {
    return swap * k * swap.transpose();
  };
  const Matrix<double> kernel = random_kernel(4, 4, 1), tangent = random_kernel(4, 4, 2);
  const FlowContext<MatrixNormal> context{layout, MatrixNormal(8), Stream(3)};
  const auto layer = TestType::make();
  const auto map = layer.linearize(kernel, tangent, context);
  const auto other = layer.linearize(permuted(kernel), permuted(tangent), context);
  CHECK(distance(other.forward(), permuted(map.forward())) < 1e-11);
  CHECK(distance(other.tangent(), permuted(map.tangent())) < 1e-11);
  CHECK(distance<double>(other.pull(permuted(tangent)), permuted(map.pull(tangent))) < 1e-11);
}
