// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include "widthwise/scaling/optimizer.hpp"

namespace widthwise {

/// How one tensor is held and trained: the network uses multiplier · parameter.
struct GaugedTensor {
  double multiplier = 1;
  double init_std = 0;       ///< of the parameter, not of the product
  double learning_rate = 0;  ///< its own, not a factor
  double weight_decay = 0;   ///< of an optimizer that shrinks by learning_rate · weight_decay
  double epsilon = 0;        ///< added to the root of the squared gradient; SGD does not look at it

  bool operator==(const GaugedTensor&) const = default;
};

/// The same training of the product, with the multiplier θ times as large and the parameter 1/θ times.
///
/// Under SGD the parameter's gradient becomes θ times as large while its steps must shrink by θ, so the rate
/// goes by θ⁻² and the decay by θ², with momentum or without; decay added to the gradient follows the same
/// law. Adam's steps do not see the size of the gradient while ε grows with it, so the rate goes by θ⁻¹, ε
/// and the decoupled decay by θ. Throws std::invalid_argument unless θ is positive.
template <GaugedOptimizer O>
GaugedTensor regauge(GaugedTensor tensor, const O&, double theta) {
  if (!(theta > 0 && theta <= std::numeric_limits<double>::max()))
    detail::reject("a change of gauge must be a positive number, but is ", theta);
  tensor.multiplier *= theta;
  tensor.init_std /= theta;
  tensor.epsilon *= theta;
  for (int power = 0; power < O::gauge_power(); ++power) {
    tensor.learning_rate /= theta;
    tensor.weight_decay *= theta;
  }
  if (detail::decay_in_gradient<O>()) tensor.weight_decay *= theta;
  return tensor;
}

}  // namespace widthwise
