// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "widthwise/finite/measurement.hpp"
#include "widthwise/finite/products.hpp"
#include "widthwise/kernel/parallel.hpp"

namespace widthwise {

/// How many networks to draw, and what to look at.
struct MeasureOptions {
  Index networks = 16;
  std::uint64_t seed = 0;
  int threads = 0;      ///< 0 means all there are; the digits do not depend on it
  Index outputs = 8;    ///< how many outputs of each network to look at, at most
  bool logits = false;  ///< whether to measure attention logits, which takes (N T)² numbers a block; not for
                        ///< samples of different lengths
  std::function<void(Index done, Index total)> progress = {};
};

namespace detail {

inline void require_several(Index networks) {
  if (networks < 2) reject("networks is ", networks, " but should be at least 2 for a standard error");
}

/// The first outputs; of a tied head, those of items that the input does not hold, as the others carry
/// contact terms (1.85–1.87).
template <class Network, class Input>
std::vector<Index> outputs_to_measure(const Network& network, const Input& input, Index most) {
  if (most < 1) reject("outputs is ", most, " but should be at least 1");
  Index count = 0;
  std::set<Index> taken;
  visit_one(network.head, [&](const auto& head) {
    if constexpr (requires { head.outputs; }) {
      count = head.outputs;
    } else {
      const auto stem = [&](const auto& held) {
        if constexpr (requires { held.vocabulary; }) count = held.vocabulary;
      };
      const auto take = [&](const auto& held) {
        if constexpr (requires { held.ids; }) taken.insert(held.ids.begin(), held.ids.end());
      };
      if constexpr (requires { network.decoder_stem; }) {
        stem(network.decoder_stem);
        visit_one(input.source, take);
        take(input.target);
      } else {
        visit_one(network.stem, stem);
        visit_one(input, take);
      }
    }
  });
  std::vector<Index> outputs;
  for (Index i = 0; i < count && static_cast<Index>(outputs.size()) < most; ++i)
    if (!taken.count(i)) outputs.push_back(i);
  if (outputs.empty())
    reject("the input holds all ", count,
           " items of the vocabulary, but a tied head is measured at items that it does not hold");
  return outputs;
}

/// What one network shows.
template <class Scalar>
struct NetworkRecord {
  struct Block {
    std::string part, kind;
    TokenLayout layout;
    Matrix<Scalar> forward, normalized, squared_mean;
  };
  TokenLayout layout;
  std::vector<Block> blocks;
  Matrix<Scalar> output_forward;
  GradientProducts<Scalar> products;
  std::vector<std::pair<Index, LogitMoments<Scalar>>> logits;
};

template <class Scalar, class Network, class Input>
NetworkRecord<Scalar> record_network(const Network& network, const Input& input,
                                     const FiniteWeights<Scalar>& weights, const std::vector<Index>& outputs,
                                     bool logits) {
  const FiniteRun run(network, weights, input, outputs);
  NetworkRecord<Scalar> record{run.layout(), {}, {}, gradient_products(run, weights), {}};
  const auto width = static_cast<Scalar>(network.sizes.width);
  const auto per_channel = [](const Matrix<Scalar>& z) {
    return mirrored<Scalar>(z * z.transpose() / static_cast<Scalar>(z.cols()));
  };
  const auto add = [&](std::string_view part, std::string_view kind, const TokenLayout& layout,
                       const Matrix<Scalar>& signal, Matrix<Scalar> normalized) {
    record.blocks.push_back({std::string(part), std::string(kind), layout, per_channel(signal),
                             std::move(normalized),
                             width * signal.rowwise().mean().array().square().matrix()});
  };
  std::string_view last_part;
  run.visit_blocks([&](std::string_view part, std::string_view kind, const TokenLayout& layout,
                       const Matrix<Scalar>& signal, const auto& block) {
    if constexpr (requires { block.branch().logits(); }) {
      if (logits && !layout.same_length()) reject("logits are measured of samples of one length only");
      if (logits)
        record.logits.push_back(
            {static_cast<Index>(record.blocks.size()) + 1, logit_moments(block.branch().logits(), layout)});
    }
    last_part = part;
    if constexpr (requires { block.normalized(); })
      add(part, kind, layout, signal, per_channel(block.normalized()));
    else
      add(part, kind, layout, signal, per_channel(signal));
  });
  add(last_part, "head", run.layout(), run.head().output(), per_channel(run.head().normalized()));
  record.output_forward = per_channel(run.outputs());
  return record;
}

/// Means and standard errors over networks, taken in as they come.
template <class Scalar>
class NetworkMean {
 public:
  explicit NetworkMean(const ModelGroups& model) : groups_(model.groups) {}

  void add(NetworkRecord<Scalar>&& record) {
    if (count_++ == 0) {
      layout_ = record.layout;
      blocks_.resize(record.blocks.size());
      for (const auto& block : record.blocks) names_.push_back({block.part, block.kind, block.layout});
      kernels_.resize(groups_.size());
      logits_.resize(record.logits.size());
      covariances_.resize(record.logits.size());
      for (const auto& [block, moments] : record.logits) logit_blocks_.push_back(block);
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      blocks_[i].forward.add(record.blocks[i].forward);
      blocks_[i].normalized.add(record.blocks[i].normalized);
      if (i + 1 == blocks_.size()) continue;  // the head
      blocks_[i].squared_mean.add(record.blocks[i].squared_mean);
      blocks_[i].backward.add(record.products.backward[i]);
    }
    output_forward_.add(record.output_forward);
    Matrix<Scalar> total = Matrix<Scalar>::Zero(record.output_forward.rows(), record.output_forward.cols());
    Matrix<Scalar> squares(static_cast<Index>(groups_.size()), 1);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const Matrix<Scalar> kernel = rate(g) * record.products.groups[g];
      total += kernel;
      kernels_[g].add(kernel);
      squares(static_cast<Index>(g)) = record.products.groups[g].diagonal().mean();
    }
    tangent_.add(total);
    squares_.add(squares);
    for (std::size_t b = 0; b < logits_.size(); ++b) {
      covariances_[b].add(record.logits[b].second.second);
      record.logits[b].second.second.resize(0, 0);  // only the scalars are kept one by one
      logits_[b].push_back(std::move(record.logits[b].second));
    }
  }

  Measurement<Scalar> measurement() const {
    using std::sqrt;
    Measurement<Scalar> result;
    result.layout = layout_;
    result.networks = count_;
    Index index = 0;  // in its part of the network
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      index = i > 0 && names_[i].part == names_[i - 1].part ? index + 1 : 1;
      result.blocks.push_back({names_[i].part, index, names_[i].kind, names_[i].layout,
                               blocks_[i].forward.estimate(), blocks_[i].normalized.estimate(),
                               blocks_[i].backward.estimate(), blocks_[i].squared_mean.estimate()});
    }
    result.output_forward = output_forward_.estimate();
    result.output_tangent = tangent_.estimate();
    const auto squares = squares_.estimate();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const auto parameters = static_cast<Scalar>(groups_[g].parameters());
      const Scalar value = squares.value(static_cast<Index>(g)),
                   error = squares.standard_error(static_cast<Index>(g)), size = sqrt(value / parameters);
      result.groups.push_back({qualified_name(groups_[g]),
                               static_cast<double>(groups_[g].parameters()),
                               kernels_[g].estimate(),
                               {rate(g) * value, rate(g) * error},
                               {value, error},
                               {size, size > 0 ? error / (2 * size * parameters) : Scalar(0)}});
    }
    for (std::size_t b = 0; b < logits_.size(); ++b)
      result.logits.push_back({logit_blocks_[b], covariances_[b].estimate(), excess_kurtosis(logits_[b])});
    return result;
  }

 private:
  struct Name {
    std::string part, kind;
    TokenLayout layout;
  };
  struct Means {
    ReplicateMean<Scalar> forward, normalized, backward, squared_mean;
  };

  // λ_G at s = 0 (theory §5)
  Scalar rate(std::size_t g) const {
    return static_cast<Scalar>(groups_[g].learning_rate / groups_[g].order.value());
  }

  std::vector<ParameterGroup> groups_;
  TokenLayout layout_;
  std::vector<Name> names_;
  std::vector<Means> blocks_;
  ReplicateMean<Scalar> output_forward_, tangent_, squares_;
  std::vector<ReplicateMean<Scalar>> kernels_, covariances_;
  std::vector<Index> logit_blocks_;
  std::vector<std::vector<LogitMoments<Scalar>>> logits_;
  Index count_ = 0;
};

}  // namespace detail

/// Draws random networks with the planned initialization at s = 0, runs and back-propagates them, and takes
/// means over them of what `propagate` predicts (theory §2, §3, §6).
///
/// Every network has its own child of the seed, so the digits depend on nothing else. Corrections to the
/// theory are of order 1/n, 1/H and H/n. Throws std::invalid_argument where input and network do not fit.
template <class Scalar = double, class Network, class Input, Distribution Law = distribution::Normal>
Measurement<Scalar> measure(const Network& network, const Input& input, const MeasureOptions& options = {},
                            const Law& law = {}) {
  detail::require_several(options.networks);
  const std::vector<Index> outputs = detail::outputs_to_measure(network, input, options.outputs);
  detail::NetworkMean<Scalar> mean(parameter_groups(network));
  SpareWeights<Scalar> spare;
  Index done = 0;
  parallel_fold(
      options.networks, options.threads,
      [&](Index i) {
        const Stream stream = Stream(options.seed).child(static_cast<std::uint64_t>(i));
        auto weights = draw_weights<Scalar>(network, stream, NeuralTangent{}, law, spare.take());
        auto record = detail::record_network(network, input, weights, outputs, options.logits);
        spare.give(std::move(weights));
        return record;
      },
      [&](Index, detail::NetworkRecord<Scalar>&& record) {
        mean.add(std::move(record));
        if (options.progress) options.progress(++done, options.networks);
      });
  return mean.measurement();
}

}  // namespace widthwise
