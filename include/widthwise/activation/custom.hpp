// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace widthwise {

/// An activation given by two functions, σ and its derivative, and the places where σ is not smooth:
/// `CustomActivation{[](double x) { return std::abs(x - 1); }, [](double x) { return x < 1 ? -1.0 : 1.0; },
/// {1.0}}`.
///
/// A kink not named is found, but makes the integrals slower. What the expectations ask of σ is in
/// `resolve`. The derivative is taken at its word: E[σ'(x) σ'(y)] has no part from a jump of σ.
template <class Function, class Derivative>
class CustomActivation {
 public:
  static constexpr std::string_view name = "custom";

  CustomActivation(Function value, Derivative slope, std::vector<double> places = {})
      : function_(std::move(value)), derivative_(std::move(slope)), kinks_(std::move(places)) {}

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return static_cast<Scalar>(function_(x));
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return static_cast<Scalar>(derivative_(x));
  }
  const std::vector<double>& kinks() const { return kinks_; }

 private:
  Function function_;
  Derivative derivative_;
  std::vector<double> kinks_;
};

}  // namespace widthwise
