// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "widthwise/finite/run.hpp"

namespace widthwise {

namespace detail {

/// Adds gradients up in tensors shaped like the weights.
template <class Scalar>
struct GradientTensors {
  std::vector<Matrix<Scalar>> tensors;

  template <class Input>
  void operator()(std::size_t weight, const Matrix<Scalar>& delta, const Input& x, TokenLayout) {
    add_gradient(tensors[weight], delta, x);
  }
  void transposed(std::size_t weight, const Matrix<Scalar>& delta, const Matrix<Scalar>& x, TokenLayout) {
    tensors[weight].noalias() += x.transpose() * delta;
  }
  void transposed(std::size_t weight, const Matrix<Scalar>& delta, const OneHot& x, TokenLayout) {
    for (Index r = 0; r < delta.rows(); ++r)
      tensors[weight].row(x.columns[static_cast<std::size_t>(r)]) += delta.row(r);
  }
  void signal(std::size_t, const Matrix<Scalar>&, TokenLayout) {}
};

}  // namespace detail

/// Σ cotangent ∘ ∂outputs/∂θ for every parameter, in tensors shaped like the weights.
///
/// `cotangent` has a row for each output row after pooling and a column for each output of the head, all of
/// which the run must look at. Throws std::invalid_argument where it has another shape.
template <class Scalar, class Network>
std::vector<Matrix<Scalar>> gradient(const FiniteRun<Scalar, Network>& run,
                                     const FiniteWeights<Scalar>& weights, const Matrix<Scalar>& cotangent) {
  const Index rows = run.pooling().rows(), outputs = run.head().output().cols();
  if (cotangent.rows() != rows || cotangent.cols() != outputs)
    detail::reject("the cotangent is ", cotangent.rows(), "×", cotangent.cols(), " but should be ", rows, "×",
                   outputs);
  detail::GradientTensors<Scalar> sink;
  for (const auto& tensor : weights.tensors)
    sink.tensors.push_back(Matrix<Scalar>::Zero(tensor.rows(), tensor.cols()));
  run.pull(run.pooling().transpose() * cotangent, sink);
  return std::move(sink.tensors);
}

}  // namespace widthwise
