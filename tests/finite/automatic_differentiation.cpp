// SPDX-License-Identifier: MIT
// The same networks written out sum by sum and differentiated by ADOL-C, which shares nothing with ours.
#if __has_include(<adolc/adolc.h>)
#include <adolc/adolc.h>

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/finite/gradient.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

using Rows = std::vector<std::vector<adouble>>;
using Tensors = std::vector<Rows>;  // [group][row][column]

Rows layer_norm(const Rows& z, double epsilon) {
  Rows s = z;
  for (auto& row : s) {
    const auto n = static_cast<double>(row.size());
    adouble mean = 0, variance = 0;
    for (const auto& x : row) mean += x / n;
    for (const auto& x : row) variance += (x - mean) * (x - mean) / n;
    for (auto& x : row) x = (x - mean) / sqrt(variance + epsilon);
  }
  return s;
}

adouble dot(const std::vector<adouble>& a, const std::vector<adouble>& b) {
  adouble sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Rows linear(const Rows& x, const Rows& weight) {
  Rows y(x.size());
  for (std::size_t r = 0; r < x.size(); ++r)
    for (const auto& row : weight) y[r].push_back(dot(x[r], row));
  return y;
}

adouble activated(const Relu&, const adouble& x) {
  return fmax(x, 0.0);
}
adouble activated(const Gelu&, const adouble& x) {
  return x * (1 + erf(x / std::sqrt(2.0))) / 2;
}

void add_branch(Rows& z, const Rows& s, const SelfAttention& layer, const Tensors& w, std::size_t first,
                const Sizes& sizes, TokenLayout layout) {
  const Rows q = linear(s, w[first]), k = linear(s, w[first + 1]), v = linear(s, w[first + 2]);
  const auto channels = static_cast<std::size_t>(sizes.width / sizes.heads);
  const auto tokens = static_cast<std::size_t>(layout.tokens);
  Rows mixed(s.size(), std::vector<adouble>(s[0].size(), 0.0));
  for (std::size_t r = 0; r < s.size(); ++r)
    for (std::size_t h = 0; h < static_cast<std::size_t>(sizes.heads); ++h) {
      const std::size_t sample = r / tokens;
      std::vector<adouble> weight(tokens, 0.0);
      adouble sum = 0;
      for (std::size_t t = 0; t < tokens; ++t) {
        if (!layer.mask.visible(static_cast<Index>(r % tokens), static_cast<Index>(t))) continue;
        adouble logit = 0;
        for (std::size_t c = h * channels; c < (h + 1) * channels; ++c)
          logit += q[r][c] * k[sample * tokens + t][c];
        weight[t] = exp(logit / std::sqrt(static_cast<double>(channels)));
        sum += weight[t];
      }
      for (std::size_t t = 0; t < tokens; ++t)
        for (std::size_t c = h * channels; c < (h + 1) * channels; ++c)
          mixed[r][c] += weight[t] / sum * v[sample * tokens + t][c];
    }
  const Rows u = linear(mixed, w[first + 3]);
  for (std::size_t r = 0; r < z.size(); ++r)
    for (std::size_t c = 0; c < z[r].size(); ++c) z[r][c] += u[r][c];
}

template <class ActivationType>
void add_branch(Rows& z, const Rows& s, const Mlp<ActivationType>& layer, const Tensors& w, std::size_t first,
                const Sizes&, TokenLayout) {
  Rows hidden = linear(s, w[first]);
  for (auto& row : hidden)
    for (auto& x : row) x = activated(layer.activation, x);
  const Rows x = linear(hidden, w[first + 1]);
  for (std::size_t r = 0; r < z.size(); ++r)
    for (std::size_t c = 0; c < z[r].size(); ++c) z[r][c] += x[r][c];
}

template <class Network>
Rows through_blocks(const Network& network, Rows z, const Tensors& w, std::size_t first, TokenLayout layout) {
  for (const auto& block : network.blocks.sequence)
    std::visit(
        [&](const auto& held) {
          add_branch(z, layer_norm(z, held.norm.epsilon), held.branch, w, first, network.sizes, layout);
          first += held.groups(network.sizes).size();
        },
        block);
  return z;
}

// A class token, patches, and the mean over rows: small_vision() with Pool::mean.
template <class Network>
Rows outputs(const Network& network, const Patches<double>& input, const Tensors& w) {
  const TokenLayout layout{input.layout.samples, input.layout.tokens + 1};
  Rows z;
  for (Index a = 0; a < layout.samples; ++a)
    for (std::size_t t = 0; t < static_cast<std::size_t>(layout.tokens); ++t) {
      z.emplace_back();
      for (std::size_t c = 0; c < w[0].size(); ++c) {
        adouble value = w[2][t][c];
        if (t == 0) value += w[1][c][0];
        for (Index i = 0; t > 0 && i < input.values.cols(); ++i)
          value += w[0][c][static_cast<std::size_t>(i)] *
                   input.values(input.layout.first_row(a) + static_cast<Index>(t) - 1, i);
        z.back().push_back(value);
      }
    }
  const Rows s = layer_norm(through_blocks(network, z, w, 3, layout), network.head.norm.epsilon);
  const Rows y = linear(s, w[w.size() - 2]);
  Rows pooled(static_cast<std::size_t>(layout.samples), std::vector<adouble>(y[0].size(), 0.0));
  for (std::size_t r = 0; r < y.size(); ++r)
    for (std::size_t o = 0; o < y[r].size(); ++o)
      pooled[r / static_cast<std::size_t>(layout.tokens)][o] +=
          (y[r][o] + w.back()[o][0]) / static_cast<double>(layout.tokens);
  return pooled;
}

// Token ids and the tied head, contact terms and all: small_language().
template <class Network>
Rows outputs(const Network& network, const TokenIds& input, const Tensors& w) {
  Rows z;
  for (Index r = 0; r < input.layout.rows(); ++r) {
    z.emplace_back();
    for (std::size_t c = 0; c < w[0].size(); ++c)
      z.back().push_back(w[0][c][static_cast<std::size_t>(input.ids[static_cast<std::size_t>(r)])] +
                         w[1][static_cast<std::size_t>(input.layout.position(r))][c]);
  }
  const Rows s = layer_norm(through_blocks(network, z, w, 2, input.layout), network.head.norm.epsilon);
  Rows y(s.size());
  for (std::size_t r = 0; r < s.size(); ++r)
    for (std::size_t item = 0; item < w[0][0].size(); ++item) {
      adouble sum = 0;
      for (std::size_t c = 0; c < w[0].size(); ++c) sum += s[r][c] * w[0][c][item];
      y[r].push_back(sum / std::sqrt(static_cast<double>(w[0].size())));
    }
  return y;
}

template <class Network, class Input>
void check(const Network& network, const Input& input) {
  const auto weights = draw_weights(network, Stream(8));
  const FiniteRun run(network, weights, input);
  const Matrix<double> cotangent = normal_matrix(run.outputs().rows(), run.outputs().cols(), 9);

  const short tape = 1;
  trace_on(tape);
  std::vector<double> flat;
  Tensors w;
  for (const auto& tensor : weights.tensors) {
    w.emplace_back(static_cast<std::size_t>(tensor.rows()));
    for (Index i = 0; i < tensor.rows(); ++i)
      for (Index j = 0; j < tensor.cols(); ++j) {
        flat.push_back(tensor(i, j));
        auto& row = w.back()[static_cast<std::size_t>(i)];
        row.emplace_back();
        row.back() <<= tensor(i, j);
      }
  }
  const Rows y = outputs(network, input, w);
  adouble paired = 0;
  for (std::size_t r = 0; r < y.size(); ++r)
    for (std::size_t o = 0; o < y[r].size(); ++o)
      paired += cotangent(static_cast<Index>(r), static_cast<Index>(o)) * y[r][o];
  double value = 0;
  paired >>= value;
  trace_off();
  std::vector<double> expected(flat.size());
  REQUIRE(::gradient(tape, static_cast<int>(flat.size()), flat.data(), expected.data()) >= 0);

  CHECK(value == Approx(inner(cotangent, run.outputs())).epsilon(1e-12));
  const auto found = widthwise::gradient(run, weights, cotangent);
  std::size_t next = 0;
  for (std::size_t g = 0; g < found.size(); ++g) {
    CAPTURE(weights.names[g]);
    double largest = 0;
    for (Index i = 0; i < found[g].rows(); ++i)
      for (Index j = 0; j < found[g].cols(); ++j)
        largest = std::max(largest, std::abs(found[g](i, j) - expected[next++]));
    CHECK(largest < 1e-12 * std::max(1.0, found[g].cwiseAbs().maxCoeff()));
  }
}

}  // namespace

TEST_CASE("outputs and gradients agree with automatic differentiation to rounding", "[finite]") {
  check(small_vision(), small_patches());
  check(small_vision(Pool::mean, {}, Mask::causal()), small_patches(1));
  check(small_language(), small_tokens());
}

#endif
