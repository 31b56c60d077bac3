// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include "widthwise/attention/softmax_problem.hpp"

namespace widthwise {

/// The keys that are seen where all queries see the same ones; the others are padding, of which softmax
/// knows nothing.
template <class Scalar>
class SeenKeys {
 public:
  /// `mask` shows the same keys to every query.
  SeenKeys(const Mask& mask, const TokenLayout& layout) : all_(layout.rows()) {
    std::vector<Index> counts;
    for (Index sample = 0; sample < layout.samples; ++sample) {
      counts.push_back(mask.count(0, layout.length(sample)));
      for (Index key = 0; key < layout.length(sample); ++key)
        if (mask.visible(0, key)) rows_.push_back(layout.first_row(sample) + key);
    }
    layout_ = TokenLayout::of_lengths(counts);
  }

  /// The problem that the seen keys pose, without a mask.
  SoftmaxProblem<Scalar> problem(SoftmaxProblem<Scalar> whole) const {
    whole.mask = Mask::none();
    whole.keys = restrict(whole.keys);
    whole.key_layout = layout_;
    return whole;
  }

  /// A matrix on all keys, N_k×N_k, to one on the seen ones.
  Matrix<Scalar> restrict(const Matrix<Scalar>& matrix) const { return matrix(rows_, rows_); }

  /// The transpose of `restrict`: nothing falls on keys that are not seen.
  Matrix<Scalar> extend(const Matrix<Scalar>& matrix) const {
    Matrix<Scalar> whole = Matrix<Scalar>::Zero(all_, all_);
    whole(rows_, rows_) = matrix;
    return whole;
  }

 private:
  Index all_;
  std::vector<Index> rows_;
  TokenLayout layout_;  // of the seen keys
};

}  // namespace widthwise
