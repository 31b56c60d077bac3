// SPDX-License-Identifier: MIT
// What a whole flow costs: ViT-B/16 on a photograph, beside 12 × 66 matrix products of its size in the same
// run.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "flow/memory.hpp"
#include "input/model_shape.hpp"
#include "input/read_input.hpp"
#include "matrix_product.hpp"
#include "widthwise/attention/row_pair.hpp"
#include "widthwise/network/presets.hpp"
#include "widthwise/network/propagate.hpp"

namespace {

using namespace widthwise;
using namespace widthwise::benchmarks;

constexpr int products_of_a_flow = 12 * 66;  // the yardstick: 66 for each attention block

Model vit_b16(Mask mask) {
  Model model = preset("vit-b16");
  for (auto& block : model.blocks.sequence)
    if (auto* attention = std::get_if<Residual<SelfAttention>>(&block)) attention->branch.mask = mask;
  return model;
}

double process_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Engine>
void photograph(benchmark::State& state, const Mask& mask, double tolerance, int threads) {
  const Model model = vit_b16(mask);
  const auto input = program::read_input({WIDTHWISE_DATA "/cat.jpg"}, program::input_shape(model));
  FlowOptions<Engine> options;
  options.tolerance = tolerance;
  options.threads = threads;
  double processor = 0, products = 0;
  Flow<double> flow;
  for (auto _ : state) {
    products += product_seconds(products_of_a_flow / 2) * products_of_a_flow / 2;
    const double start = process_seconds();
    const auto wall = std::chrono::steady_clock::now();
    flow = propagate<double>(model, input, options);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count());
    processor += process_seconds() - start;
    products += product_seconds(products_of_a_flow / 2) * products_of_a_flow / 2;
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["ratio"] = processor / products;
  state.counters["error"] = std::max(flow.forward_error, flow.tangent_error);
  state.counters["draws"] = static_cast<double>(flow.draws);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1000;  // of all benchmarks so far
}

// The entry furthest off in any block, over the block's largest: a flow against one with 32 times the draws.
void accuracy(benchmark::State& state, const Mask& mask) {
  const Model model = vit_b16(mask);
  const auto input = program::read_input({WIDTHWISE_DATA "/cat.jpg"}, program::input_shape(model));
  const RowPair engine;
  FlowOptions<RowPair> options, many;
  many.engine = RowPair(32 * engine.draws());
  many.seed = options.seed + 1;
  options.threads = many.threads = 1;
  for (auto _ : state) {
    const Flow<double> flow = propagate<double>(model, input, options);
    const Flow<double> truth = propagate<double>(model, input, many);
    const auto furthest = [&](auto member) {
      double most = 0;
      for (std::size_t i = 0; i < flow.blocks.size(); ++i) {
        const Matrix<double>& known = (truth.blocks[i].*member).value;
        most = std::max(most, ((flow.blocks[i].*member).value - known).cwiseAbs().maxCoeff() /
                                  known.cwiseAbs().maxCoeff());
      }
      return most;
    };
    using Block = typename decltype(flow.blocks)::value_type;
    state.counters["error_G"] = furthest(&Block::forward);
    state.counters["error_Theta"] = furthest(&Block::tangent);
    state.counters["error_B"] = furthest(&Block::backward);
    state.counters["draws"] = static_cast<double>(flow.draws);
  }
}

void add_accuracy(const char* name, Mask mask) {
  benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { accuracy(state, mask); })
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
}

template <class Engine>
void add(const char* name, Mask mask, double tolerance, int threads) {
  benchmark::RegisterBenchmark(
      name, [=](benchmark::State& state) { photograph<Engine>(state, mask, tolerance, threads); })
      ->Unit(benchmark::kMillisecond)
      ->UseManualTime()
      ->Iterations(1);
}

}  // namespace

int main(int count, char** arguments) {
  program::keep_freed_memory();
  add<RowPair>("vit-b16/tolerance 1e-3", Mask::none(), 1e-3, 1);
  add<RowPair>("vit-b16/tolerance 1e-3, causal", Mask::causal(), 1e-3, 1);
  add<RowPair>("vit-b16/tolerance 1e-2", Mask::none(), 1e-2, 1);
  add<RowPair>("threads/1", Mask::none(), 1e-3, 1);
  add<RowPair>("threads/2", Mask::none(), 1e-3, 2);
  add_accuracy("accuracy/unmasked", Mask::none());
  add_accuracy("accuracy/causal", Mask::causal());
  add<MatrixNormal>("matrix normal/tolerance 1e-2", Mask::none(), 1e-2, 1);
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
