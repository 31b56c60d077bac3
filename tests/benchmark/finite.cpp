// SPDX-License-Identifier: MIT
// What random networks of finite width cost, beside their own matrix products in the same run.
#include <benchmark/benchmark.h>

#include <string>

#include "matrix_product.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/finite/gradient.hpp"
#include "widthwise/finite/measure.hpp"

namespace {

using namespace widthwise;
using namespace widthwise::benchmarks;

constexpr Index inputs = 48, outputs = 8, multiplier = 4, pairs_of_blocks = 2;

struct Setting {
  Sizes sizes;
  TokenLayout layout;
};

auto network(const Setting& setting) {
  const LayerNorm norm{1e-6};
  return Transformer{setting.sizes, PatchStem{.inputs = inputs, .tokens = setting.layout.tokens},
                     repeat(pairs_of_blocks, chain(Residual{norm, SelfAttention{}},
                                                   Residual{norm, Mlp{Gelu{}, {}, multiplier}})),
                     LinearHead{.outputs = outputs, .norm = norm}};
}

enum class Work { run, gradient, measure };

/// The products of matrices that a network takes, alone and one after the other.
class OwnProducts {
 public:
  OwnProducts(const Setting& setting, Work work) {
    const Index n = setting.sizes.width, channels = n / setting.sizes.heads, tokens = setting.layout.tokens;
    const Index rows = setting.layout.rows(), heads = setting.layout.samples * setting.sizes.heads;
    // Cotangents stand below each other: one copy for every output that is looked at.
    const Index copies = work == Work::run ? 0 : work == Work::gradient ? 1 : outputs;
    const auto linear = [&](Index in, Index out, bool first = false) {
      add(rows, in, out);                                                            // x Wᵀ
      if (!first) add(copies * rows, out, in);                                       // δ W
      if (work == Work::gradient) add(out, rows, in);                                // δᵀ x
      if (work == Work::measure) add(rows, in, rows), add(rows, out, rows, copies);  // x xᵀ and δ δᵀ
    };
    const auto signal = [&] {
      if (work == Work::measure)
        add(rows, n, rows, 2), add(tokens, n, tokens, copies * setting.layout.samples);
    };
    linear(inputs, n, true);
    linear(tokens, n, true);
    signal();
    for (Index i = 0; i < pairs_of_blocks; ++i) {
      for (int weight = 0; weight < 4; ++weight) linear(n, n);
      add(tokens, channels, tokens, heads * (1 + copies));      // logits, and through their softmax
      add(tokens, tokens, channels, heads * (1 + 3 * copies));  // values; back to queries, keys, values
      signal();
      linear(n, multiplier * n);
      linear(multiplier * n, n);
      signal();
    }
    linear(n, outputs);
  }

  /// Seconds of all of them, the mean of so many times.
  double seconds(int count) {
    const double start = thread_seconds();
    for (int i = 0; i < count; ++i)
      for (Product& product : products_)
        for (Index k = 0; k < product.count; ++k) {
          product.result.noalias() = product.left * product.right;
          benchmark::DoNotOptimize(product.result.data());
          benchmark::ClobberMemory();
        }
    return (thread_seconds() - start) / count;
  }

 private:
  struct Product {
    Matrix<double> left, right, result;
    Index count;
  };

  void add(Index rows, Index inner, Index columns, Index count = 1) {
    if (rows > 0 && count > 0)
      products_.push_back({Matrix<double>::Random(rows, inner), Matrix<double>::Random(inner, columns),
                           Matrix<double>(rows, columns), count});
  }

  std::vector<Product> products_;
};

template <class Scalar = double, class Law = distribution::Normal>
void draw(benchmark::State& state, Setting setting, Law law) {
  const auto net = network(setting);
  FiniteWeights<Scalar> weights;
  std::uint64_t seed = 0;
  double numbers = 0;
  for (auto _ : state) {
    weights = draw_weights<Scalar>(net, Stream(seed++), NeuralTangent{}, law, std::move(weights));
    benchmark::DoNotOptimize(weights.tensors.data());
    numbers = 0;
    for (const auto& tensor : weights.tensors) numbers += static_cast<double>(tensor.size());
  }
  state.counters["ns_per_entry"] = benchmark::Counter(
      numbers * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void compared(benchmark::State& state, Setting setting, Work work, bool drawn_anew) {
  const auto net = network(setting);
  const Patches<double> patches{setting.layout, Matrix<double>::Random(setting.layout.rows(), inputs)};
  OwnProducts own(setting, work);
  const int repeats = 1 + static_cast<int>(0.1 / own.seconds(1));
  double products = 0, mine = 0;
  std::uint64_t seed = 0;
  auto weights = draw_weights(net, Stream(seed));
  const Matrix<double> cotangent = Matrix<double>::Random(setting.layout.samples, outputs);
  for (auto _ : state) {
    products += own.seconds(repeats) * repeats;
    const double start = thread_seconds();
    for (int i = 0; i < repeats; ++i) {
      if (drawn_anew)
        weights =
            draw_weights(net, Stream(++seed), NeuralTangent{}, distribution::Normal{}, std::move(weights));
      if (work == Work::measure) {
        const auto record =
            detail::record_network<double>(net, patches, weights, {0, 1, 2, 3, 4, 5, 6, 7}, false);
        benchmark::DoNotOptimize(record.products.groups.data());
      } else {
        const FiniteRun run(net, weights, patches);
        if (work == Work::gradient) {
          const auto found = gradient(run, weights, cotangent);
          benchmark::DoNotOptimize(found.data());
        }
      }
    }
    const double seconds = thread_seconds() - start;
    mine += seconds;
    state.SetIterationTime(seconds / repeats);
  }
  state.counters["ratio"] = mine / products;
}

void add_all() {
  const std::vector<std::pair<std::string, Setting>> settings{
      {"n = 64, 2 x 4 tokens", {{64, 8}, {2, 4}}},      {"n = 256, 2 x 4 tokens", {{256, 8}, {2, 4}}},
      {"n = 1024, 2 x 4 tokens", {{1024, 16}, {2, 4}}}, {"n = 256, 2 x 16 tokens", {{256, 8}, {2, 16}}},
      {"n = 256, 1 x 64 tokens", {{256, 8}, {1, 64}}},  {"n = 768, 1 x 64 tokens", {{768, 12}, {1, 64}}}};
  const auto add = [](const std::string& name, auto&& f) {
    benchmark::RegisterBenchmark(name.c_str(), f)->Unit(benchmark::kMillisecond);
  };
  const Setting wide{{512, 8}, {2, 4}};
  add("draw/normal", [=](benchmark::State& s) { draw(s, wide, distribution::Normal{}); });
  add("draw/normal, float", [=](benchmark::State& s) { draw<float>(s, wide, distribution::Normal{}); });
  add("draw/uniform", [=](benchmark::State& s) { draw(s, wide, distribution::Uniform{}); });
  add("draw/truncated", [=](benchmark::State& s) { draw(s, wide, distribution::TruncatedNormal{}); });
  for (const auto& [work, name] : {std::pair(Work::run, "run"), std::pair(Work::gradient, "gradient"),
                                   std::pair(Work::measure, "measure")})
    for (const bool anew : {false, true})
      for (const auto& [text, setting] : settings)
        benchmark::RegisterBenchmark(
            (std::string(name) + (anew ? "/drawn, " : "/given, ") + text).c_str(),
            [work = work, anew, setting = setting](benchmark::State& s) { compared(s, setting, work, anew); })
            ->Unit(benchmark::kMillisecond)
            ->UseManualTime()
            ->Iterations(1);
}

}  // namespace

int main(int count, char** arguments) {
  add_all();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
