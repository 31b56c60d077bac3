// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/kernel/input.hpp"
#include "widthwise/layer/stem.hpp"

namespace widthwise {

/// Initialization variances of a token stem (Eqs. 1.26, 1.27).
struct TokenStemCoefficients {
  double embedding = 1;  ///< C_WE, the variance of an entry itself
  double position = 1;   ///< C_PE
};

/// Word embedding with learned positional embedding, for language (Eqs. 1.44, 1.45).
///
/// G⁽¹⁾ = C_WE 1[same vocabulary item] + C_PE 1[t₁=t₂].
struct TokenStem {
  TokenStemCoefficients coefficients = {};
  Index vocabulary = 1;  ///< n_vocab
  Index tokens = 1;      ///< positions there are embeddings for; a sample may be shorter

  template <class Scalar>
  Embedding<Scalar> embed(const TokenIds& input) const {
    require_fit(input);
    const Index n = input.layout.rows();
    Matrix<Scalar> same_item(n, n);
    for (Index j = 0; j < n; ++j)
      for (Index i = 0; i < n; ++i)
        same_item(i, j) =
            input.ids[static_cast<std::size_t>(i)] == input.ids[static_cast<std::size_t>(j)] ? 1 : 0;
    const Matrix<Scalar> position = same_position<Scalar>(input.layout);
    return {input.layout,
            static_cast<Scalar>(coefficients.embedding) * same_item +
                static_cast<Scalar>(coefficients.position) * position,
            {{"WE", same_item}, {"PE", position}}};
  }

  /// Eqs. 1.26, 1.27, 1.99–1.116; a token lights up one column of W_WE, so n parameters share its gradient.
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    return {{.name = "WE",
             .symbol = "W_WE",
             .shape = {sizes.width, vocabulary},
             .coefficient = Coefficient{"C_WE", coefficients.embedding},
             .active = sizes.n()},
            {.name = "PE",
             .symbol = "b_PE",
             .shape = {tokens, sizes.width},
             .coefficient = Coefficient{"C_PE", coefficients.position},
             .active = sizes.n()}};
  }

 private:
  void require_fit(const TokenIds& input) const {
    const TokenLayout& layout = input.layout;
    if (!layout.same_length() && static_cast<Index>(layout.starts.size()) != layout.samples + 1)
      detail::reject("token ids: ", layout.samples, " samples were announced with ", layout.starts.size(),
                     " starts, but it takes one each and the end");
    if (layout.samples < 1 || layout.tokens < 1 || static_cast<Index>(input.ids.size()) != layout.rows())
      detail::reject("token ids: there are ", input.ids.size(), ", but ", layout.samples, " samples of ",
                     layout.same_length() ? "" : "up to ", layout.tokens, " tokens were announced");
    for (Index a = 0; a < layout.samples; ++a)
      if (layout.length(a) < 1) detail::reject("token ids: sample ", a, " has no tokens");
    if (layout.tokens > tokens)
      detail::reject(layout.same_length() ? "samples have " : "the longest sample has ", layout.tokens,
                     layout.same_length() ? " tokens each" : " tokens",
                     ", but the stem has positions for tokens = ", tokens);
    for (const Index id : input.ids)
      if (id < 0 || id >= vocabulary)
        detail::reject("token id ", id, " is not in the vocabulary of ", vocabulary, " items");
  }
};

}  // namespace widthwise
