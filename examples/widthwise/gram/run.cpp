// SPDX-License-Identifier: MIT
#include "gram/run.hpp"

#include "widthwise/network/propagate_gram.hpp"

namespace widthwise::program {

namespace {

// Coefficients that are numbers one by one can still overflow in products.
void require_finite(const GramBlock<double>& block) {
  for (const auto* kernel : {&block.forward, &block.tangent})
    if (!kernel->value.allFinite() || !kernel->standard_error.allFinite())
      detail::reject("the kernels of tile ", block.tile.index,
                     " are not finite: the coefficients of the model are too large or too small");
}

}  // namespace

GramTiling gram_tiling(const GramSettings& settings, TokenLayout layout) {
  return {layout.samples, settings.side == 0 ? gram_side(layout.tokens) : settings.side};
}

void run_gram(const Model& model, const Input& input, const GramSettings& settings, Index first_tile,
              const std::function<void(const GramBlock<double>&)>& visit) {
  GramOptions<> options;
  options.tolerance = settings.tolerance;
  options.seed = settings.seed;
  options.threads = settings.threads;
  options.max_draws = settings.max_draws;
  options.side = gram_tiling(settings, layout_of(input)).side;
  options.first_tile = first_tile;
  propagate_gram<double>(model, input, options, [&](const GramBlock<double>& block) {
    require_finite(block);
    visit(block);
  });
}

}  // namespace widthwise::program
