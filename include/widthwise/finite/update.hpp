// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "widthwise/finite/gradient.hpp"
#include "widthwise/finite/measure.hpp"

namespace widthwise {

/// θ ← θ − η g.
template <class Scalar>
void first_step(const Sgd&, Matrix<Scalar>& tensor, const Matrix<Scalar>& gradient, Scalar rate) {
  tensor -= rate * gradient;
}

/// θ ← θ − η g/|g|, entry by entry: AdamW's first step, bias-corrected, where its ε is negligible and nothing
/// decays. An entry without gradient stays.
template <class Scalar>
void first_step(const AdamW&, Matrix<Scalar>& tensor, const Matrix<Scalar>& gradient, Scalar rate) {
  tensor -= rate * gradient.array().sign().matrix();
}

/// How far one step of training moves the outputs.
struct UpdateSize {
  std::string name;         ///< of the group that alone takes the step, or "all"
  Estimate<double> change;  ///< |Δz| over the global learning rate
};

/// Which step to take, and of how many networks.
struct UpdateOptions {
  Index networks = 4;
  double learning_rate = 1e-4;  ///< η; small, so that changes are linear in it unless the factors are wild
  std::uint64_t seed = 0;
  int threads = 0;
};

/// Takes one step with each group by itself, then with all together, at the learning rates of the plan, and
/// measures how the outputs change: the coordinate check.
///
/// The loss has the derivative e/R with respect to each of the R output rows, e a random direction of unit
/// length among the outputs; the change is √(mean over rows of |Δz|²), which should be of order one at every
/// width: for SGD it is that of Θ's means over rows (Eqs. 1.97–1.116). Values are means over networks.
template <class Scalar = double, class Network, class Input, class S, class O>
std::vector<UpdateSize> measure_updates(const Network& network, const Input& input, const S& strategy,
                                        const O& optimizer, const UpdateOptions& options = {}) {
  detail::require_several(options.networks);
  const ModelGroups model = parameter_groups(network);
  std::vector<Scalar> rates;
  for (const ParameterGroup& group : model.groups) {
    const Hyperparameters line =
        plan({{group}, model.width, model.tied_head}, strategy, optimizer).groups.front();
    double rate = options.learning_rate * line.learning_rate_factor;
    // The tensors of a run are the products of multiplier and parameter.
    if constexpr (GaugedOptimizer<O>) rate *= std::pow(line.multiplier, O::gauge_power());
    rates.push_back(static_cast<Scalar>(rate));
  }
  const auto count = static_cast<Index>(model.groups.size());

  ReplicateMean<double> mean;
  parallel_fold(
      options.networks, options.threads,
      [&](Index i) {
        const Stream stream = Stream(options.seed).child(static_cast<std::uint64_t>(i));
        auto weights = draw_weights<Scalar>(network, stream.child(0), strategy);
        Matrix<Scalar> before, direction;
        std::vector<Matrix<Scalar>> gradients;
        {
          const FiniteRun run(network, weights, input);
          before = run.outputs();
          Vector<Scalar> one(before.cols());
          initialize(std::span(one.data(), static_cast<std::size_t>(one.size())), distribution::Normal{}, 1,
                     stream.child(1).key());
          direction = one.normalized().transpose().replicate(before.rows(), 1);
          gradients = gradient(run, weights, Matrix<Scalar>(direction / static_cast<Scalar>(before.rows())));
        }
        const auto change = [&] {
          const Matrix<Scalar> moved = FiniteRun(network, weights, input).outputs() - before;
          return static_cast<double>(moved.norm()) /
                 (std::sqrt(static_cast<double>(before.rows())) * options.learning_rate);
        };
        Matrix<double> changes(count + 1, 1);
        for (std::size_t g = 0; g < gradients.size(); ++g) {
          const Matrix<Scalar> kept = weights.tensors[g];
          first_step(optimizer, weights.tensors[g], gradients[g], rates[g]);
          changes(static_cast<Index>(g)) = change();
          weights.tensors[g] = kept;
        }
        for (std::size_t g = 0; g < gradients.size(); ++g)
          first_step(optimizer, weights.tensors[g], gradients[g], rates[g]);
        changes(count) = change();
        return changes;
      },
      [&](Index, const Matrix<double>& changes) { mean.add(changes); });

  const auto changes = mean.estimate();
  std::vector<UpdateSize> updates;
  for (Index g = 0; g <= count; ++g)
    updates.push_back({g < count ? qualified_name(model.groups[static_cast<std::size_t>(g)]) : "all",
                       {changes.value(g), changes.standard_error(g)}});
  return updates;
}

}  // namespace widthwise
