// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <ctime>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise::benchmarks {

/// Seconds of this thread's processor time.
inline double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds that a product of a 196×196 with a 196×1024 matrix of doubles takes, the mean of so many.
///
/// What the machine can do, to which everything else is compared in the same run.
inline double product_seconds(int count) {
  const Matrix<double> a = Matrix<double>::Random(196, 196), b = Matrix<double>::Random(196, 1024);
  Matrix<double> c = a * b;
  const double start = thread_seconds();
  for (int i = 0; i < count; ++i) {
    c.noalias() = a * b;
    benchmark::DoNotOptimize(c.data());
    benchmark::ClobberMemory();
  }
  return (thread_seconds() - start) / count;
}

inline constexpr double product_flops = 2.0 * 196 * 196 * 1024;

/// Runs a benchmark's loop with products before and behind it, and adds the counters `products`, how many of
/// them an iteration takes as long as, and `rate`, the fraction of their rate that `flops` in an iteration
/// reach.
template <class Work>
void compared_to_products(benchmark::State& state, double flops, Work&& work) {
  const double before = product_seconds(20);
  double start = thread_seconds();
  for (auto _ : state) work();
  const double seconds = (thread_seconds() - start) / static_cast<double>(state.iterations());
  const double product = (before + product_seconds(20)) / 2;
  state.counters["products"] = seconds / product;
  if (flops > 0) state.counters["rate"] = flops / seconds / (product_flops / product);
}

}  // namespace widthwise::benchmarks
