// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "widthwise/kernel/input.hpp"
#include "widthwise/layer/stem.hpp"

namespace widthwise {

/// Order-one initialization coefficients of a patch stem (Eqs. 1.25, 1.27; footnote 4).
struct PatchStemCoefficients {
  double patch = 1;                        ///< C_patch; the variance of an entry is C_patch/n_patch
  double position = 1;                     ///< C_PE
  std::optional<double> class_token = {};  ///< C_cls; a model without class token has none
};

/// Linear patch embedding with learned positional embedding, for vision (Eqs. 1.40, 1.41).
///
/// G⁽¹⁾ = C_patch x·x'/n_patch + C_PE 1[t₁=t₂]. A class token is one more row at the front of every sample,
/// with the variance C_cls shared by all samples, a positional embedding of its own and no input term.
struct PatchStem {
  PatchStemCoefficients coefficients = {};
  Index inputs = 1;  ///< n_patch
  Index tokens = 1;  ///< patches of a sample, without the class token

  template <class Scalar>
  Embedding<Scalar> embed(const Patches<Scalar>& patches) const {
    require_fit(patches);
    const Index front = coefficients.class_token ? 1 : 0;
    const TokenLayout layout{patches.layout.samples, tokens + front};
    Matrix<Scalar> rows = Matrix<Scalar>::Zero(layout.rows(), inputs);
    Vector<Scalar> is_class = Vector<Scalar>::Zero(layout.rows());
    for (Index a = 0; a < layout.samples; ++a) {
      rows.middleRows(layout.first_row(a) + front, tokens) =
          patches.values.middleRows(patches.layout.first_row(a), tokens);
      is_class.segment(layout.first_row(a), front).setOnes();
    }
    const Matrix<Scalar> input = mirrored<Scalar>(rows * rows.transpose() / static_cast<Scalar>(inputs));
    const Matrix<Scalar> position = same_position<Scalar>(layout);

    Embedding<Scalar> embedding{layout, {}, {{"patch", input}, {"PE", position}}};
    embedding.forward = static_cast<Scalar>(coefficients.patch) * input +
                        static_cast<Scalar>(coefficients.position) * position;
    if (coefficients.class_token) {
      const Matrix<Scalar> shared = is_class * is_class.transpose();
      embedding.forward += static_cast<Scalar>(*coefficients.class_token) * shared;
      embedding.contributions.push_back({"cls", shared});
    }
    return embedding;
  }

  /// Eqs. 1.25, 1.27, 1.99–1.116; one row of b_PE for every token, the class token's included.
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    const Monomial n = sizes.n(), n_patch{"n_patch", static_cast<double>(inputs)};
    const bool with_class = coefficients.class_token.has_value();
    std::vector<ParameterGroup> groups{{.name = "patch",
                                        .symbol = "W_patch",
                                        .shape = {sizes.width, inputs},
                                        .coefficient = Coefficient{"C_patch", coefficients.patch},
                                        .fan_in = n_patch,
                                        .order = n_patch,
                                        .active = n * n_patch}};
    if (with_class)
      groups.push_back({.name = "cls",
                        .symbol = "b_cls",
                        .shape = {sizes.width},
                        .coefficient = Coefficient{"C_cls", *coefficients.class_token},
                        .active = n});
    groups.push_back({.name = "PE",
                      .symbol = "b_PE",
                      .shape = {tokens + (with_class ? 1 : 0), sizes.width},
                      .coefficient = Coefficient{"C_PE", coefficients.position},
                      .active = n});
    return groups;
  }

 private:
  template <class Scalar>
  void require_fit(const Patches<Scalar>& patches) const {
    if (patches.values.cols() != inputs)
      detail::reject("patches have ", patches.values.cols(),
                     " values each, but the stem takes inputs = ", inputs);
    if (!patches.layout.same_length())
      detail::reject("samples have different numbers of patches, but the stem takes tokens = ", tokens,
                     " of each");
    if (patches.layout.tokens != tokens)
      detail::reject("samples have ", patches.layout.tokens,
                     " patches each, but the stem takes tokens = ", tokens);
    if (patches.layout.samples < 1 || patches.values.rows() != patches.layout.rows())
      detail::reject("patches have ", patches.values.rows(), " rows, but ", patches.layout.samples,
                     " samples of ", tokens, " patches were announced");
    if (!patches.values.allFinite()) detail::reject("patches hold a value that is not finite");
  }
};

}  // namespace widthwise
