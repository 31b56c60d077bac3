// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "widthwise/finite/bulk_initializer.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/random/stream.hpp"

namespace widthwise {

/// The parameters of a network, one tensor for each group of `parameter_groups`, in its order and shape; one
/// dimension makes a column.
template <class Scalar>
struct FiniteWeights {
  std::vector<std::string> names;  ///< as in "block2.Q"
  std::vector<Matrix<Scalar>> tensors;
  Scalar output_multiplier = 1;  ///< N_rescale of a tied head

  /// The tensor of that name. Throws std::invalid_argument where there is none.
  const Matrix<Scalar>& tensor(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return tensors[i];
    detail::reject("the network has no parameters \"", name, "\"");
  }
};

/// Draws every weight with the deviation that the strategy plans for it (theory §1).
///
/// Every tensor has its own child of the stream, so the same seed gives the same digits. `memory` may hold
/// weights that are not needed any more, which saves asking the system for as much again. Throws what `plan`
/// throws.
template <class Scalar = double, class Network, Strategy S = NeuralTangent,
          Distribution Law = distribution::Normal>
FiniteWeights<Scalar> draw_weights(const Network& network, Stream stream, const S& strategy = {},
                                   const Law& law = {}, FiniteWeights<Scalar> memory = {}) {
  const ModelGroups model = parameter_groups(network);
  FiniteWeights<Scalar> weights{{}, std::move(memory.tensors)};
  weights.tensors.resize(model.groups.size());
  weights.output_multiplier = static_cast<Scalar>(strategy.output_multiplier(model).value());
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    const ParameterGroup& group = model.groups[i];
    const auto rows = static_cast<Index>(group.shape[0]);
    const auto cols = group.shape.size() > 1 ? static_cast<Index>(group.shape[1]) : Index{1};
    Matrix<Scalar>& tensor = weights.tensors[i];
    tensor.resize(rows, cols);
    initialize_in_bulk(std::span(tensor.data(), static_cast<std::size_t>(tensor.size())), law,
                       detail::product_deviation(group, model, strategy), stream.child(i));
    weights.names.push_back(qualified_name(group));
  }
  return weights;
}

/// Weights that are not needed any more, for `draw_weights` to overwrite; any number of threads may share it.
template <class Scalar>
class SpareWeights {
 public:
  /// Empty ones where there are none.
  FiniteWeights<Scalar> take() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return {};
    FiniteWeights<Scalar> weights = std::move(spare_.back());
    spare_.pop_back();
    return weights;
  }
  void give(FiniteWeights<Scalar> weights) {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(weights));
  }

 private:
  std::mutex mutex_;
  std::vector<FiniteWeights<Scalar>> spare_;
};

}  // namespace widthwise
