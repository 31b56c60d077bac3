// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>

#include "widthwise/attention/row_pair.hpp"
#include "widthwise/kernel/parallel.hpp"
#include "widthwise/network/encoder_decoder.hpp"
#include "widthwise/network/flow_mean.hpp"
#include "widthwise/network/parameter_groups.hpp"

namespace widthwise {

/// How far a flow has come: done of total steps, where a step is one block of one replicate in one direction.
struct FlowProgress {
  Index done = 0;
  Index total = 0;
  Index round = 0;  ///< rounds after the first have the draws that the one before found to be needed
};

/// How to compute a flow, and how well.
template <class Engine = RowPair>
struct FlowOptions {
  double tolerance = 1e-3;  ///< wanted standard error of any G or Θ, relative to that kernel's largest entry
  std::uint64_t seed = 0;
  int threads = 0;            ///< 0 means all there are; the digits do not depend on it
  Index max_draws = 1 << 20;  ///< of all replicates together in one block; a flow that needs more stops short
  Engine engine = {};         ///< how softmax expectations are taken; its draws are those of the first round
  std::function<void(const FlowProgress&)> progress = {};  ///< called by one thread at a time
};

namespace detail {

// Standard errors from this many replicates are themselves known to 1/√(2·5), 32 %.
inline constexpr Index sampled_replicates = 6;

template <class Input>
struct InputScalar {
  using type = double;
};
template <class Scalar>
struct InputScalar<Patches<Scalar>> {
  using type = Scalar;
};

/// One round: independent replicates of the whole flow, each with its own stream.
template <class Scalar, class Network, class Embedded, class Engine>
FlowMean<Scalar> flow_round(const Network& network, const Embedded& stem, const FlowOptions<Engine>& options,
                            const Engine& engine, Stream stream, Index replicates, Index round) {
  FlowProgress progress{0, replicates * network.maps() * 2, round};
  std::mutex mutex;
  std::function<void()> step;
  if (options.progress)
    step = [&] {
      const std::scoped_lock lock(mutex);
      ++progress.done;
      options.progress(progress);
    };
  FlowMean<Scalar> mean;
  parallel_fold(
      replicates, options.threads,
      [&](Index r) {
        return flow_once<Scalar>(network, stem, engine, stream.child(static_cast<std::uint64_t>(r)), false,
                                 step);
      },
      [&](Index, ReplicateFlow<Scalar>&& replicate) { mean.add(std::move(replicate)); });
  return mean;
}

/// Puts the groups' shares beside their learning rates, orders and sizes.
template <class Scalar, class Network>
std::vector<GroupFlow<Scalar>> group_flows(const Network& network, const FlowMean<Scalar>& mean) {
  using std::sqrt;
  const auto groups = parameter_groups(network).groups;
  const auto shares = mean.shares();
  std::vector<GroupFlow<Scalar>> flows;
  for (std::size_t i = 0; i < mean.groups().size(); ++i) {
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& g) { return qualified_name(g) == mean.groups()[i]; });
    if (group == groups.end())
      reject("the group ", mean.groups()[i], " contributes but is not stated by its layer");
    const auto value = shares.value(static_cast<Index>(i)),
               error = shares.standard_error(static_cast<Index>(i));
    const auto rate = static_cast<Scalar>(network.learning_rate(group->name));
    const auto order = static_cast<Scalar>(group->order.value());
    const auto parameters = static_cast<Scalar>(group->parameters());
    // Rounding may leave a share that is zero slightly below it.
    const Scalar size = sqrt(std::max(order * value, Scalar(0)) / parameters);
    flows.push_back({mean.groups()[i],
                     static_cast<double>(group->parameters()),
                     {rate * value, rate * error},
                     {order * value, order * error},
                     {size, size > 0 ? order * error / (2 * size * parameters) : Scalar(0)}});
  }
  return flows;
}

}  // namespace detail

/// Carries forward, tangent and backward kernels through a network for the given input (theory §2, §3, §6).
///
/// Where softmax is sampled, the whole flow is repeated in 6 independent replicates: values are their means,
/// standard errors come from their scatter and so include how the noise of one block is carried through the
/// next ones; they are widened by Student's factor, so that two of them cover 95.4 %. Where the tolerance is
/// missed there is another round, with the draws that it needs. Exact flows are computed once, with zero
/// standard error. `Scalar` is that of the patches, double for token ids, or the one named.
/// Throws std::invalid_argument where input and network do not fit.
template <class Scalar = void, class Network, class Input, class Engine = RowPair>
auto propagate(const Network& network, const Input& input, const FlowOptions<Engine>& options = {}) {
  using S = std::conditional_t<std::is_void_v<Scalar>, typename detail::InputScalar<Input>::type, Scalar>;
  if (!(options.tolerance > 0)) detail::reject("tolerance is ", options.tolerance, " but should be positive");
  if (options.max_draws < detail::sampled_replicates)
    detail::reject("max_draws is ", options.max_draws, " but should be at least ",
                   detail::sampled_replicates);

  const Stream stream(options.seed);
  const auto finish = [&](detail::FlowMean<S>&& mean) {
    auto groups = detail::group_flows(network, mean);
    Flow<S> flow = std::move(mean).flow();
    flow.groups = std::move(groups);
    flow.converged =
        static_cast<double>(std::max(flow.forward_error, flow.tangent_error)) <= options.tolerance;
    return flow;
  };

  const auto stem = detail::embed_input<S>(network, input);
  if (detail::flow_once<S>(network, stem, options.engine.limited(1), stream, true, {}).draws == 0)
    return finish(detail::flow_round<S>(network, stem, options, options.engine, stream, 1, 0));

  const Index most = options.max_draws / detail::sampled_replicates;
  Engine engine = options.engine;
  for (Index round = 0;; ++round) {
    const bool last = engine.draws() >= most;
    if (last) engine = engine.limited(most);
    Flow<S> flow = finish(detail::flow_round<S>(network, stem, options, engine,
                                                stream.child(static_cast<std::uint64_t>(round)),
                                                detail::sampled_replicates, round));
    if (flow.converged || last) return flow;
    // A quarter more than predicted, because the largest of many estimated errors is itself noisy.
    const double excess =
        static_cast<double>(std::max(flow.forward_error, flow.tangent_error)) / options.tolerance;
    engine = engine.refined(1.25 * excess * excess);
  }
}

}  // namespace widthwise
