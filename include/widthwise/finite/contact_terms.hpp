// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "widthwise/finite/gradient.hpp"
#include "widthwise/finite/measure.hpp"
#include "widthwise/network/contact_terms.hpp"

namespace widthwise {

/// The contact terms of one item in networks of finite width; the counterpart of ContactItem.
template <class Scalar>
struct MeasuredContactItem {
  Index item;
  Estimate<Matrix<Scalar>> mean;     ///< of the component, one column
  Estimate<Matrix<Scalar>> forward;  ///< E[z zᵀ] of the component, less that of an item which no one reads
  Estimate<Matrix<Scalar>> tangent;  ///< Θ of the component, less that of the same other item
};

/// Draws random networks and takes means over them of what `contact_terms` predicts, every gradient formed in
/// full.
///
/// Corrections are of order 1/n, and for `forward`, which is n times as large as what is left out, of order
/// one. Throws what `measure` and `contact_terms` throw.
template <class Scalar = double, class Network, class Input>
std::vector<MeasuredContactItem<Scalar>> measure_contact_terms(const Network& network, const Input& input,
                                                               const MeasureOptions& options = {}) {
  detail::require_several(options.networks);
  detail::require_tied(network);
  const TokenIds& tokens = detail::head_input(input);
  const std::set<Index> items(tokens.ids.begin(), tokens.ids.end());
  std::vector<Index> outputs(items.begin(), items.end());
  outputs.push_back(detail::outputs_to_measure(network, input, 1).front());
  const auto count = static_cast<Index>(items.size());
  const ModelGroups model = parameter_groups(network);

  struct Means {
    ReplicateMean<Scalar> mean, forward, tangent;
  };
  std::vector<Means> means(items.size());
  parallel_fold(
      options.networks, options.threads,
      [&](Index i) {
        const auto weights =
            draw_weights<Scalar>(network, Stream(options.seed).child(static_cast<std::uint64_t>(i)));
        const FiniteRun run(network, weights, input);
        const Matrix<Scalar> all = run.outputs(), z = all(Eigen::all, outputs);
        std::vector<Matrix<Scalar>> tangents;
        for (Index o = 0; o < z.cols(); ++o) {
          std::vector<std::vector<Matrix<Scalar>>> gradients;
          for (Index r = 0; r < z.rows(); ++r) {
            Matrix<Scalar> cotangent = Matrix<Scalar>::Zero(all.rows(), all.cols());
            cotangent(r, outputs[static_cast<std::size_t>(o)]) = 1;
            gradients.push_back(gradient(run, weights, cotangent));
          }
          Matrix<Scalar> tangent = Matrix<Scalar>::Zero(z.rows(), z.rows());
          for (std::size_t g = 0; g < model.groups.size(); ++g) {
            const auto rate =
                static_cast<Scalar>(model.groups[g].learning_rate / model.groups[g].order.value());
            for (Index b = 0; b < z.rows(); ++b)
              for (Index a = 0; a <= b; ++a)
                tangent(a, b) += rate * inner(gradients[static_cast<std::size_t>(a)][g],
                                              gradients[static_cast<std::size_t>(b)][g]);
          }
          tangents.push_back(mirrored(std::move(tangent)));
        }
        return std::pair(z, std::move(tangents));
      },
      [&](Index, std::pair<Matrix<Scalar>, std::vector<Matrix<Scalar>>>&& found) {
        const auto& [z, tangents] = found;
        const auto square = [&z = z](Index o) -> Matrix<Scalar> {
          return z.col(o) * z.col(o).transpose();
        };
        for (Index o = 0; o < count; ++o) {
          Means& mean = means[static_cast<std::size_t>(o)];
          mean.mean.add(z.col(o));
          mean.forward.add(square(o) - square(count));
          mean.tangent.add(tangents[static_cast<std::size_t>(o)] - tangents.back());
        }
      });
  std::vector<MeasuredContactItem<Scalar>> measured;
  for (Index o = 0; o < count; ++o) {
    const Means& mean = means[static_cast<std::size_t>(o)];
    measured.push_back({outputs[static_cast<std::size_t>(o)], mean.mean.estimate(), mean.forward.estimate(),
                        mean.tangent.estimate()});
  }
  return measured;
}

}  // namespace widthwise
