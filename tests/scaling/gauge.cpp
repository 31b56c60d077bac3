// SPDX-License-Identifier: MIT
#include "widthwise/scaling/gauge.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "widthwise/scaling/distribution.hpp"

namespace ww = widthwise;

namespace {

using Settings = std::array<ww::GaugedTensor, 2>;
constexpr int units = 8, inputs = 3, steps = 20;

// Losses of y = A₂ w₂ · tanh(A₁ w₁ x) on one sample, trained with momentum, Adam without bias correction,
// signs, or Adafactor's size of the parameters.
template <class O>
std::vector<double> losses(const Settings& settings) {
  std::mt19937_64 generator(3);
  std::array<std::vector<double>, 2> w{std::vector<double>(units * inputs), std::vector<double>(units)};
  auto momentum = w, square = w;
  for (int l = 0; l < 2; ++l)
    for (double& value : w[l]) value = settings[l].init_std * ww::distribution::Normal{}(generator);
  const std::array<double, inputs> x{0.5, -1, 0.75};
  std::vector<double> result;
  for (int step = 0; step < steps; ++step) {
    std::array<double, units> hidden{};
    double y = 0;
    for (int i = 0; i < units; ++i) {
      for (int j = 0; j < inputs; ++j) hidden[i] += settings[0].multiplier * w[0][i * inputs + j] * x[j];
      hidden[i] = std::tanh(hidden[i]);
      y += settings[1].multiplier * w[1][i] * hidden[i];
    }
    const double error = y - 1;
    result.push_back(error * error / 2);
    std::array<std::vector<double>, 2> g{w[0], w[1]};
    for (int i = 0; i < units; ++i) {
      const double back = error * (settings[1].multiplier * w[1][i]) * (1 - hidden[i] * hidden[i]);
      for (int j = 0; j < inputs; ++j) g[0][i * inputs + j] = settings[0].multiplier * (back * x[j]);
      g[1][i] = settings[1].multiplier * (error * hidden[i]);
    }
    std::array<double, 2> size{1, 1};
    if (std::is_same_v<O, ww::Adafactor>)
      for (int l = 0; l < 2; ++l)
        size[l] = std::sqrt(std::inner_product(w[l].begin(), w[l].end(), w[l].begin(), 0.0));
    for (int l = 0; l < 2; ++l)
      for (std::size_t k = 0; k < w[l].size(); ++k) {
        const ww::GaugedTensor& s = settings[l];
        double& m = momentum[l][k] = step == 0 ? 0 : momentum[l][k];
        double& v = square[l][k] = step == 0 ? 0 : square[l][k];
        constexpr bool inside = std::is_same_v<O, ww::Adam>;
        const double gradient = inside ? g[l][k] + s.weight_decay * w[l][k] : g[l][k];
        m = 0.9 * m + gradient;
        v = 0.99 * v + gradient * gradient;
        const double move = std::is_same_v<O, ww::Sgd>    ? m
                            : std::is_same_v<O, ww::Lion> ? (m > 0   ? 1
                                                             : m < 0 ? -1
                                                                     : 0)
                                                          : size[l] * m / (std::sqrt(v) + s.epsilon);
        const double kept = inside ? 1 : 1 - s.learning_rate * s.weight_decay;
        w[l][k] = kept * w[l][k] - s.learning_rate * move;
      }
  }
  return result;
}

const Settings start{ww::GaugedTensor{1, 0.5, 0.01, 0.1, 1e-2}, ww::GaugedTensor{0.5, 0.7, 0.02, 0.2, 1e-2}};

template <class O>
Settings changed() {
  return {ww::regauge(start[0], O{}, 8), ww::regauge(start[1], O{}, 0.25)};
}

}  // namespace

TEMPLATE_TEST_CASE("a change of gauge leaves training as it was, bit for bit", "", ww::Sgd, ww::Adam,
                   ww::AdamW, ww::Lion, ww::Adafactor) {
  const auto reference = losses<TestType>(start);
  CHECK(reference.back() < reference.front());
  CHECK(losses<TestType>(changed<TestType>()) == reference);

  Settings without_decay = changed<TestType>();
  without_decay[0].weight_decay = start[0].weight_decay;
  // Adafactor's is the same in every gauge.
  CHECK((losses<TestType>(without_decay) == reference) == std::is_same_v<TestType, ww::Adafactor>);
}

TEST_CASE("a change of gauge that leaves Adam's epsilon behind is another training") {
  Settings without = changed<ww::AdamW>();
  without[0].epsilon = start[0].epsilon;
  CHECK(losses<ww::AdamW>(without) != losses<ww::AdamW>(start));
}

TEST_CASE("changes of gauge compose and invert, and must be positive") {
  const ww::GaugedTensor one = start[0];
  CHECK(ww::regauge(ww::regauge(one, ww::AdamW{}, 4), ww::AdamW{}, 0.25) == one);
  CHECK(ww::regauge(ww::regauge(one, ww::Sgd{}, 4), ww::Sgd{}, 2) == ww::regauge(one, ww::Sgd{}, 8));
  CHECK_THROWS_WITH(ww::regauge(one, ww::Sgd{}, 0), "a change of gauge must be a positive number, but is 0");
}
