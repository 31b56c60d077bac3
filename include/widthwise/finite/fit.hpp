// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <vector>

#include "widthwise/kernel/estimate.hpp"
#include "widthwise/layer/sizes.hpp"

namespace widthwise {

/// Coefficients of a weighted least-squares fit, with their standard errors.
struct WeightedFit {
  Vector<double> coefficients, standard_errors;
  double chi_squared = 0;  ///< about the number of points less that of coefficients, where the fit is right
};

/// Fits values, each with its standard error, by the columns of `basis`.
/// Throws std::invalid_argument where there are fewer points than coefficients, or an error is not positive.
inline WeightedFit weighted_fit(const Matrix<double>& basis, const Vector<double>& values,
                                const Vector<double>& errors) {
  if (basis.rows() != values.size() || errors.size() != values.size())
    detail::reject("fit: there are ", values.size(), " values and ", errors.size(), " errors for ",
                   basis.rows(), " points");
  if (basis.rows() < basis.cols())
    detail::reject("fit: ", basis.rows(), " points do not determine ", basis.cols(), " coefficients");
  for (const double error : errors)
    if (!(error > 0 && error <= std::numeric_limits<double>::max()))
      detail::reject("fit: a standard error is ", error, " but should be positive");
  const Vector<double> weight = errors.cwiseInverse();
  const Matrix<double> weighted = weight.asDiagonal() * basis;
  const Vector<double> target = weight.cwiseProduct(values);
  // The pseudo-inverse P gives the coefficients, and P Pᵀ their covariance.
  const Matrix<double> inverse = weighted.completeOrthogonalDecomposition().pseudoInverse();
  const Vector<double> coefficients = inverse * target;
  return {coefficients, inverse.rowwise().norm(), (weighted * coefficients - target).squaredNorm()};
}

/// The exponent p of y ~ x^p, with its standard error.
struct PowerLaw {
  double exponent = 0;
  double standard_error = 0;
};

/// Fits log y by log x, each point weighted by the standard error of y.
///
/// An error of zero counts as rounding. Throws std::invalid_argument unless all x and y are positive and
/// there are two different x at least.
inline PowerLaw power_law(const std::vector<double>& x, const std::vector<double>& y,
                          const std::vector<double>& errors) {
  const auto count = static_cast<Index>(x.size());
  if (x.size() != y.size() || errors.size() != y.size())
    detail::reject("power law: there are ", x.size(), " sizes for ", y.size(), " values");
  Matrix<double> basis(count, 2);
  Vector<double> values(count), relative(count);
  bool several = false;
  for (Index i = 0; i < count; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (!(x[k] > 0 && y[k] > 0))
      detail::reject("power law: the point (", x[k], ", ", y[k], ") is not positive");
    several = several || x[k] != x[0];
    basis.row(i) << 1, std::log(x[k]);
    values(i) = std::log(y[k]);
    relative(i) = std::max(errors[k] / y[k], 1e-12);
  }
  if (!several) detail::reject("power law: there is only one size");
  const WeightedFit fit = weighted_fit(basis, values, relative);
  return {fit.coefficients(1), fit.standard_errors(1)};
}

/// Every entry of a kernel measured at several sizes, fitted by a + b/H + c/C + d/n, C = n/H, and taken at
/// infinite width: a with its standard error.
///
/// Attention averages over H heads, logits over C channels, everything else over n. Terms for which the
/// sizes are too few, or that they do not tell apart, are left out in the order d, b. An entry without
/// scatter is taken from the largest width.
template <class Scalar>
Estimate<Matrix<Scalar>> extrapolated(const std::vector<Sizes>& sizes,
                                      const std::vector<Estimate<Matrix<Scalar>>>& kernels) {
  if (sizes.size() != kernels.size() || sizes.size() < 2)
    detail::reject("extrapolation: there are ", kernels.size(), " kernels at ", sizes.size(), " sizes");
  const auto count = static_cast<Index>(sizes.size());
  Matrix<double> basis(count, 4);
  Index widest = 0;
  for (Index i = 0; i < count; ++i) {
    const Sizes& at = sizes[static_cast<std::size_t>(i)];
    const auto n = static_cast<double>(at.width), h = static_cast<double>(at.heads);
    basis.row(i) << 1, h / n, 1 / h, 1 / n;
    if (at.width > sizes[static_cast<std::size_t>(widest)].width) widest = i;
  }
  Index terms = 4;
  while (terms > 2 && (count <= terms || basis.leftCols(terms).colPivHouseholderQr().rank() < terms)) --terms;
  basis = basis.leftCols(terms).eval();

  Estimate<Matrix<Scalar>> limit = kernels[static_cast<std::size_t>(widest)];
  for (Index entry = 0; entry < limit.value.size(); ++entry) {
    Vector<double> values(count), errors(count);
    for (Index i = 0; i < count; ++i) {
      values(i) = static_cast<double>(kernels[static_cast<std::size_t>(i)].value(entry));
      errors(i) = static_cast<double>(kernels[static_cast<std::size_t>(i)].standard_error(entry));
    }
    if (!(errors.minCoeff() > 1e-9 * values.cwiseAbs().maxCoeff())) continue;
    const WeightedFit fit = weighted_fit(basis, values, errors);
    limit.value(entry) = static_cast<Scalar>(fit.coefficients(0));
    limit.standard_error(entry) = static_cast<Scalar>(fit.standard_errors(0));
  }
  return limit;
}

}  // namespace widthwise
