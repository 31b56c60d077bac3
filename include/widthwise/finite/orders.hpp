// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "widthwise/finite/fit.hpp"
#include "widthwise/finite/gradient.hpp"
#include "widthwise/finite/measure.hpp"

namespace widthwise {

/// How large a group's gradient is in networks of one size.
struct GradientSize {
  std::string name;
  Estimate<double> squared_gradient;  ///< Σ_μ (∂z/∂θ_μ)²
  Estimate<double> per_parameter;     ///< root mean square over the entries that are not zero
  Monomial order, active;             ///< as the group states them
};

/// Gradients of one output row along a random direction of unit length among the outputs, so that all of a
/// head's parameters take part; a tied head is asked for one item that the input does not hold.
///
/// Mean over networks drawn as `measure` draws them. Throws what `measure` throws.
template <class Network, class Input>
std::vector<GradientSize> measure_gradients(const Network& network, const Input& input,
                                            const MeasureOptions& options = {}) {
  detail::require_several(options.networks);
  const ModelGroups model = parameter_groups(network);
  const auto count = static_cast<Index>(model.groups.size());
  const Index item = model.tied_head ? detail::outputs_to_measure(network, input, 1).front() : 0;
  ReplicateMean<double> squares, entries;
  parallel_fold(
      options.networks, options.threads,
      [&](Index i) {
        const Stream stream = Stream(options.seed).child(static_cast<std::uint64_t>(i));
        const auto weights = draw_weights(network, stream.child(0));
        const FiniteRun run(network, weights, input);
        Vector<double> direction = Vector<double>::Unit(run.head().output().cols(), item);
        if (!model.tied_head)
          initialize(std::span(direction.data(), static_cast<std::size_t>(direction.size())),
                     distribution::Normal{}, 1, stream.child(1).key());
        Matrix<double> cotangent = Matrix<double>::Zero(run.pooling().rows(), direction.size());
        cotangent.row(0) = direction.normalized().transpose();
        const auto gradients = gradient(run, weights, cotangent);
        Matrix<double> sizes(count, 2);
        for (Index g = 0; g < count; ++g) {
          const auto& tensor = gradients[static_cast<std::size_t>(g)];
          const auto lit = static_cast<double>((tensor.array() != 0).count());
          sizes(g, 0) = tensor.squaredNorm();
          sizes(g, 1) = lit > 0 ? tensor.squaredNorm() / lit : 0;
        }
        return sizes;
      },
      [&](Index, const Matrix<double>& sizes) {
        squares.add(sizes.col(0));
        entries.add(sizes.col(1));
      });
  const auto square = squares.estimate(), entry = entries.estimate();
  std::vector<GradientSize> result;
  for (Index g = 0; g < count; ++g) {
    const auto& group = model.groups[static_cast<std::size_t>(g)];
    const double size = std::sqrt(entry.value(g));
    result.push_back({qualified_name(group),
                      {square.value(g), square.standard_error(g)},
                      {size, size > 0 ? entry.standard_error(g) / (2 * size) : 0},
                      group.order,
                      group.active});
  }
  return result;
}

/// The powers of one size in a group's gradient, measured and as the group states them.
struct MeasuredOrder {
  std::string name;
  PowerLaw squared_gradient, per_parameter;
  double stated_squared_gradient, stated_per_parameter;

  /// How far the worse of the two measured powers is from the stated one.
  double discrepancy() const {
    return std::max(std::abs(squared_gradient.exponent - stated_squared_gradient),
                    std::abs(per_parameter.exponent - stated_per_parameter));
  }
  /// The larger of the two standard errors.
  double standard_error() const {
    return std::max(squared_gradient.standard_error, per_parameter.standard_error);
  }
};

/// Fits how every group's gradient grows with the size that goes by `symbol` in the groups' monomials, as
/// "n", "M", "n_patch" or "n_out".
///
/// `measured` holds the gradients at each of `sizes`, of networks alike but for that size. Σ_μ (∂z/∂θ_μ)²
/// should go as order, the gradient per parameter as √(order/active) (theory §5). Groups without gradient are
/// left out.
inline std::vector<MeasuredOrder> fit_orders(std::string_view symbol, const std::vector<double>& sizes,
                                             const std::vector<std::vector<GradientSize>>& measured) {
  if (sizes.size() != measured.size() || sizes.empty())
    detail::reject("orders: there are ", measured.size(), " measurements for ", sizes.size(), " sizes");
  std::vector<MeasuredOrder> orders;
  for (std::size_t g = 0; g < measured.front().size(); ++g) {
    const GradientSize& group = measured.front()[g];
    std::vector<double> squares, square_errors, entries, entry_errors;
    bool vanishes = false;
    for (const auto& at : measured) {
      squares.push_back(at[g].squared_gradient.value);
      square_errors.push_back(at[g].squared_gradient.standard_error);
      entries.push_back(at[g].per_parameter.value);
      entry_errors.push_back(at[g].per_parameter.standard_error);
      vanishes = vanishes || !(squares.back() > 0);
    }
    if (vanishes) continue;
    orders.push_back({group.name, power_law(sizes, squares, square_errors),
                      power_law(sizes, entries, entry_errors), group.order.power(symbol),
                      (group.order.power(symbol) - group.active.power(symbol)) / 2});
  }
  return orders;
}

}  // namespace widthwise
