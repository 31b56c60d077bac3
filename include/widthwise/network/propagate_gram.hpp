// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/attention/row_pair.hpp"
#include "widthwise/kernel/parallel.hpp"
#include "widthwise/network/gram.hpp"
#include "widthwise/network/propagate.hpp"

namespace widthwise {

/// How to compute a Gram matrix, how well, and from which tile on.
template <class Engine = RowPair>
struct GramOptions {
  double tolerance = 1e-3;  ///< of the flow behind every tile, as in FlowOptions
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0 means all there are; the digits do not depend on it
  Index max_draws = 1 << 20;
  Engine engine = {};
  Index side = 0;        ///< samples of a tile's side; 0 means gram_side(tokens)
  Index first_tile = 0;  ///< tiles before it are known and left out
};

namespace detail {

/// Two runs of samples, one after the other; the second may be empty.
template <class Input>
Input two_runs(const Input& input, std::pair<Index, Index> first, std::pair<Index, Index> second) {
  if constexpr (is_variant<Input>) {
    return std::visit([&](const auto& held) -> Input { return two_runs(held, first, second); }, input);
  } else {
    const TokenLayout& all = input.layout;
    const auto rows_of = [&](const std::pair<Index, Index>& run) {
      return all.first_row(run.first + run.second) - all.first_row(run.first);
    };
    std::vector<Index> lengths;
    for (const auto& [sample, count] : {first, second})
      for (Index a = sample; a < sample + count; ++a) lengths.push_back(all.length(a));
    Input chosen{TokenLayout::of_lengths(lengths), {}};
    if constexpr (requires { input.values; }) {
      chosen.values.resize(chosen.layout.rows(), input.values.cols());
      chosen.values << input.values.middleRows(all.first_row(first.first), rows_of(first)),
          input.values.middleRows(all.first_row(second.first), rows_of(second));
    } else {
      for (const auto& [sample, count] : {first, second})
        chosen.ids.insert(chosen.ids.end(), input.ids.begin() + all.first_row(sample),
                          input.ids.begin() + all.first_row(sample + count));
    }
    return chosen;
  }
}

template <class Scalar, class Network, class Input, class Engine>
GramBlock<Scalar> gram_block(const Network& network, const Input& input, const GramOptions<Engine>& options,
                             const GramTiling& tiling, Index index, int threads) {
  const GramTile tile = tiling[index];
  const auto stream = Stream(options.seed)
                          .child(static_cast<std::uint64_t>(tile.first_row / tiling.side))
                          .child(static_cast<std::uint64_t>(tile.first_column / tiling.side));
  FlowOptions<Engine> flow_options;
  flow_options.tolerance = options.tolerance;
  flow_options.seed = stream.key();
  flow_options.threads = threads;
  flow_options.max_draws = options.max_draws;
  flow_options.engine = options.engine;
  const auto flow = propagate<Scalar>(
      network,
      two_runs(input, {tile.first_row, tile.rows}, {tile.first_column, tile.diagonal() ? 0 : tile.columns}),
      flow_options);

  const Index samples = tile.rows + (tile.diagonal() ? 0 : tile.columns);
  const Index outputs = flow.output_forward.value.rows() / samples;
  const auto corner = [&](const Matrix<Scalar>& kernel) -> Matrix<Scalar> {
    return kernel.topRightCorner(tile.rows * outputs, tile.columns * outputs);
  };
  return {tile,
          {corner(flow.output_forward.value), corner(flow.output_forward.standard_error)},
          {corner(flow.output_tangent.value), corner(flow.output_tangent.standard_error)},
          flow.draws,
          flow.converged};
}

}  // namespace detail

/// The output's kernels between all samples of an input, one tile after the other: visit(GramBlock) in the
/// order of GramTiling.
///
/// A tile is a flow of its own over its rows' and its columns' samples, with random numbers that depend on
/// the seed and the tile alone. So memory is that of one tile for every thread, and whoever keeps what was
/// visited can go on from any tile with the same digits. Whatever `visit` throws ends the work and is thrown
/// again. Throws std::invalid_argument where input and network do not fit.
template <class Scalar = void, class Network, class Input, class Engine, class Visit>
void propagate_gram(const Network& network, const Input& input, const GramOptions<Engine>& options,
                    Visit&& visit) {
  using S = std::conditional_t<std::is_void_v<Scalar>, typename detail::InputScalar<Input>::type, Scalar>;
  const TokenLayout layout = detail::visit_one(input, [](const auto& held) {
    const auto size = [&] {
      if constexpr (requires { held.values; })
        return held.values.rows();
      else
        return static_cast<Index>(held.ids.size());
    }();
    if (held.layout.samples < 1 || held.layout.tokens < 1 || size != held.layout.rows())
      detail::reject("the input has ", size, " rows, but ", held.layout.samples, " samples of ",
                     held.layout.same_length() ? "" : "up to ", held.layout.tokens, " tokens were announced");
    return held.layout;
  });
  if (!layout.same_length() && network.pool() == Pool::none)
    detail::reject(
        "samples have different lengths, and without pooling their outputs too: a Gram matrix needs as many "
        "outputs of each");
  if (options.side < 0) detail::reject("side is ", options.side, " but should be at least 0");
  const GramTiling tiling{layout.samples, options.side == 0 ? gram_side(layout.tokens) : options.side};
  const Index left = tiling.count() - options.first_tile;
  if (options.first_tile < 0 || left < 0)
    detail::reject("first_tile is ", options.first_tile, " but should be from 0 to ", tiling.count());
  if (left == 0) return;

  // Tiles share out the threads; the last few tiles of a short list share them among each other.
  const Index threads = thread_count(options.threads);
  const int within = static_cast<int>(std::max<Index>(1, threads / left));
  parallel_fold(
      left, static_cast<int>(threads),
      [&](Index i) {
        return detail::gram_block<S>(network, input, options, tiling, options.first_tile + i, within);
      },
      [&](Index, GramBlock<S>&& block) { visit(std::move(block)); });
}

/// The same as whole matrices.
template <class Scalar = void, class Network, class Input, class Engine = RowPair>
auto propagate_gram(const Network& network, const Input& input, GramOptions<Engine> options = {}) {
  using S = std::conditional_t<std::is_void_v<Scalar>, typename detail::InputScalar<Input>::type, Scalar>;
  if (options.first_tile != 0)
    detail::reject("first_tile is ", options.first_tile, ", but whole matrices need all");
  const Index samples = detail::visit_one(input, [](const auto& held) { return held.layout.samples; });
  Gram<S> gram(samples);
  propagate_gram<Scalar>(network, input, options, [&](const GramBlock<S>& block) { gram.add(block); });
  return gram;
}

}  // namespace widthwise
