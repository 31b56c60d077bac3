// SPDX-License-Identifier: MIT
// What the Gaussian expectations of an activation cost, for the 196 tokens of one image.
#include <benchmark/benchmark.h>

#include <cmath>

#include "matrix_product.hpp"
#include "widthwise/activation/erf.hpp"
#include "widthwise/activation/expectation.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/gelu_tanh.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/activation/silu.hpp"
#include "widthwise/activation/tanh.hpp"

namespace {

using namespace widthwise;
using namespace widthwise::benchmarks;

// After layer norm variances differ by ε alone; with `uneven` they differ as where nothing is normalized.
template <class Activation, class Scalar>
void activation(benchmark::State& state, bool uneven) {
  constexpr Index tokens = 196;
  Matrix<Scalar> kernel = Matrix<Scalar>::NullaryExpr(tokens, tokens, [](Index i, Index j) {
    const double apart = static_cast<double>(i - j) / 40;
    return static_cast<Scalar>(0.6 + 0.4 * std::exp(-apart * apart / 2));
  });
  for (Index i = 0; uneven && i < tokens; ++i) {
    const Scalar deviation = 1 + static_cast<Scalar>(i) / tokens;
    kernel.row(i) *= deviation;
    kernel.col(i) *= deviation;
  }
  kernel = mirrored(Matrix<Scalar>(kernel));
  compared_to_products(state, 0,
                       [&] { benchmark::DoNotOptimize(expectation(Activation{}, kernel).value.data()); });
  state.counters["ns_per_entry"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * tokens * tokens * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class Activation>
void add() {
  const std::string name = "activation/" + std::string(Activation::name);
  for (const bool uneven : {false, true})
    benchmark::RegisterBenchmark(
        (name + (uneven ? ", uneven variances" : "")).c_str(),
        [=](benchmark::State& state) { activation<Activation, double>(state, uneven); })
        ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark((name + ", float").c_str(), [=](benchmark::State& state) {
    activation<Activation, float>(state, false);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int count, char** arguments) {
  add<Relu>();
  add<Erf>();
  add<Gelu>();
  add<GeluTanh>();
  add<Tanh>();
  add<Silu>();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
