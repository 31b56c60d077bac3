// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/random/stream.hpp"
#include "widthwise/scaling/initializer.hpp"

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
/// Every tensor has its own child of the stream, so the same seed gives the same digits. Throws what `plan`
/// throws.
template <class Scalar = double, class Network, Strategy S = NeuralTangent,
          Distribution Law = distribution::Normal>
FiniteWeights<Scalar> draw_weights(const Network& network, Stream stream, const S& strategy = {},
                                   const Law& law = {}) {
  const ModelGroups model = parameter_groups(network);
  FiniteWeights<Scalar> weights;
  weights.output_multiplier = static_cast<Scalar>(strategy.output_multiplier(model).value());
  for (const ParameterGroup& group : model.groups) {
    // One group at a time, so that none is merged with its like; the learning rate is not asked for.
    const Plan line = plan({{group}, model.width, model.tied_head}, strategy, Sgd{});
    const auto rows = static_cast<Index>(group.shape[0]);
    const auto cols = group.shape.size() > 1 ? static_cast<Index>(group.shape[1]) : Index{1};
    Matrix<Scalar> tensor(rows, cols);
    initialize(std::span(tensor.data(), static_cast<std::size_t>(tensor.size())), law,
               line.groups.front().multiplier * line.groups.front().init_std, stream.child(weights.tensors.size()).key());
    weights.names.push_back(qualified_name(group));
    weights.tensors.push_back(std::move(tensor));
  }
  return weights;
}

}  // namespace widthwise
