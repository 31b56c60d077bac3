// SPDX-License-Identifier: MIT
// What the softmax expectations of one attention block cost: tokens, draws, samples, scalars, engines, parts.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>

#include "matrix_product.hpp"
#include "widthwise/attention/row_pair.hpp"

namespace {

using namespace widthwise;
using namespace widthwise::benchmarks;

/// Neighbours are alike, as in a photograph; all rows have something in common.
template <class Scalar>
Matrix<Scalar> smooth_kernel(TokenLayout layout, double reach) {
  const double length = reach * static_cast<double>(layout.tokens);
  return Matrix<Scalar>::NullaryExpr(layout.rows(), layout.rows(), [&](Index i, Index j) {
    const double apart = static_cast<double>(i - j) / length;
    return static_cast<Scalar>(0.55 + 0.35 * std::exp(-apart * apart / 2) + (i == j ? 0.1 : 0.0));
  });
}

enum class Part { forward, push, pull };

struct Setting {
  TokenLayout layout;
  Index draws = 256;
  Mask mask = Mask::none();
  Part part = Part::forward;
};

/// The products that the methods cannot do without, in floating-point operations; what else they do counts as
/// nothing. Row pairs: logits of two rows, then F, Θ, F∘F and F∘Θ on one of them (forward), or Fp and two
/// outer products (pull); behind a causal mask for as many draws as a pair of rows takes in the mean.
double flops(const RowPair&, const Setting& s, Index draws) {
  const double n = static_cast<double>(s.layout.rows()), t = static_cast<double>(s.layout.tokens);
  const double thin = s.part == Part::pull ? 3 : 4, all = static_cast<double>(draws);
  const double taken = s.mask.kind() == Mask::Kind::causal
                           ? PrefixDraws(draws, s.layout).inverse_counts<double>().cwiseInverse().mean()
                           : all;
  return 2 * n * (2 * n * all + thin * t * static_cast<double>(s.layout.samples) * taken);
}
/// Whole attention matrices: two products for the logits, and T×T×T ones for each sample and each pair of two
/// samples.
double flops(const MatrixNormal&, const Setting& s, Index draws) {
  const double n = static_cast<double>(s.layout.rows()), t = static_cast<double>(s.layout.tokens);
  const double samples = static_cast<double>(s.layout.samples), pairs = samples * (samples - 1) / 2;
  const double of_sample = s.part == Part::forward ? 8 : 6, of_pair = s.part == Part::forward ? 12 : 9;
  return static_cast<double>(draws) * 2 *
         (n * n * n + samples * t * t * n + t * t * t * (of_sample * samples + of_pair * pairs));
}

template <class Engine, class Scalar>
void attention(benchmark::State& state, const Setting& setting) {
  const auto problem = SoftmaxProblem<Scalar>::self(smooth_kernel<Scalar>(setting.layout, 0.25),
                                                    setting.layout, setting.mask, Scalar(0.25));
  const Matrix<Scalar> tangent = smooth_kernel<Scalar>(setting.layout, 0.1);
  const Engine engine(setting.draws);
  const auto made = engine.expect(problem, tangent, Stream(1));
  compared_to_products(state, flops(engine, setting, made.draws()), [&] {
    switch (setting.part) {
      case Part::forward:
        return benchmark::DoNotOptimize(engine.expect(problem, tangent, Stream(1)).values().data());
      case Part::push:
        return benchmark::DoNotOptimize(made.push(tangent).values.data());
      case Part::pull:
        return benchmark::DoNotOptimize(made.pull(tangent, tangent).data());
    }
  });
  // The scatter of a few streams, largest entry over largest entry, of the tangent's push.
  if (setting.part == Part::forward && setting.layout.rows() <= 256) {
    Matrix<double> sum, squares;
    constexpr int streams = 8;
    for (int r = 0; r < streams; ++r) {
      const Matrix<double> values =
          engine.expect(problem, tangent, Stream(2).child(static_cast<std::uint64_t>(r)))
              .pushed()
              .values.template cast<double>();
      sum = r == 0 ? values : Matrix<double>(sum + values);
      squares = r == 0 ? values.cwiseAbs2() : Matrix<double>(squares + values.cwiseAbs2());
    }
    const Matrix<double> mean = sum / streams;
    state.counters["error"] = std::sqrt(std::max(0.0, (squares / streams - mean.cwiseAbs2()).maxCoeff()) *
                                        streams / (streams - 1)) /
                              mean.cwiseAbs().maxCoeff();
  }
}

template <class Engine, class Scalar = double>
void add(const std::string& table, const std::string& name, const Setting& setting) {
  benchmark::RegisterBenchmark((table + "/" + name).c_str(), [=](benchmark::State& state) {
    attention<Engine, Scalar>(state, setting);
  })->Unit(benchmark::kMillisecond);
}

std::string number(Index value) {
  return std::to_string(value);
}

void add_all() {
  for (const Index tokens : {16, 32, 64, 128, 196, 256, 512, 1024}) {
    const std::string name = ", T = " + number(tokens);
    add<RowPair>("tokens", "row pairs" + name, {{1, tokens}, 256});
    add<RowPair>("tokens", "row pairs, causal" + name, {{1, tokens}, 256, Mask::causal()});
    if (tokens <= 256) add<MatrixNormal>("tokens", "matrix normal" + name, {{1, tokens}, 16});
  }
  for (const Index draws : {16, 64, 256, 1024}) {
    add<RowPair>("draws", "row pairs, " + number(draws), {{1, 64}, draws});
    add<MatrixNormal>("draws", "matrix normal, " + number(draws), {{1, 64}, draws});
  }
  for (const Index samples : {1, 2, 4, 8}) {
    add<RowPair>("samples", "row pairs, " + number(samples), {{samples, 32}, 256});
    add<MatrixNormal>("samples", "matrix normal, " + number(samples), {{samples, 32}, 16});
  }
  add<RowPair, double>("scalar", "row pairs, double", {{1, 196}, 256});
  add<RowPair, float>("scalar", "row pairs, float", {{1, 196}, 256});
  add<MatrixNormal, double>("scalar", "matrix normal, double", {{1, 196}, 16});
  add<MatrixNormal, float>("scalar", "matrix normal, float", {{1, 196}, 16});
  for (const auto& [part, name] : {std::pair(Part::forward, "forward and push"),
                                   std::pair(Part::push, "push"), std::pair(Part::pull, "pull")}) {
    add<RowPair>("parts", std::string("row pairs, ") + name, {{1, 196}, 256, Mask::none(), part});
    add<RowPair>("parts", std::string("row pairs, causal, ") + name, {{1, 196}, 256, Mask::causal(), part});
    add<MatrixNormal>("parts", std::string("matrix normal, ") + name, {{1, 196}, 16, Mask::none(), part});
  }
}

}  // namespace

int main(int count, char** arguments) {
  add_all();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
