// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <locale>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "widthwise/kernel/reject.hpp"

namespace widthwise {

/// A product of named positive numbers to real powers, such as n^(−3/2) n_patch^(−1); 1 by default.
///
/// Variances and learning rates are monomials in the sizes of a model, so that their numbers and their
/// formulas have one origin. A power within 10⁻¹² of zero counts as zero, so that rounding in s never leaves
/// a factor behind.
class Monomial {
 public:
  Monomial() = default;

  /// The number that goes by a name, to the first power.
  /// Throws std::invalid_argument unless it is positive and finite.
  Monomial(std::string name, double number) {
    if (!(number > 0 && number <= std::numeric_limits<double>::max()))
      detail::reject(name, " must be a positive number, but is ", number);
    factors_.emplace(std::move(name), Factor{number, 1});
  }

  double value() const {
    double product = 1;
    for (const auto& [name, factor] : factors_) product *= std::pow(factor.number, factor.power);
    return product;
  }

  /// The power of a name, zero where it does not occur.
  double power(std::string_view name) const {
    const auto found = factors_.find(name);
    return found == factors_.end() ? 0 : found->second.power;
  }

  /// The same product as if the number of that name were 1.
  Monomial without(std::string_view name) const {
    Monomial rest = *this;
    if (const auto found = rest.factors_.find(name); found != rest.factors_.end()) rest.factors_.erase(found);
    return rest;
  }

  /// Throws std::invalid_argument where one name stands for two numbers.
  friend Monomial operator*(Monomial left, const Monomial& right) {
    for (const auto& [name, factor] : right.factors_) {
      Factor& mine = left.factors_.try_emplace(name, Factor{factor.number, 0}).first->second;
      if (mine.number != factor.number)
        detail::reject(name, " cannot be both ", mine.number, " and ", factor.number, " in one product");
      mine.power += factor.power;
    }
    left.drop_zero_powers();
    return left;
  }

  friend Monomial operator/(const Monomial& left, const Monomial& right) { return left * pow(right, -1); }

  friend Monomial pow(Monomial base, double exponent) {
    for (auto& [name, factor] : base.factors_) factor.power *= exponent;
    base.drop_zero_powers();
    return base;
  }

  friend Monomial sqrt(const Monomial& radicand) { return pow(radicand, 0.5); }

  bool operator==(const Monomial&) const = default;

  /// How powers that are odd multiples of 1/2 are written: n sqrt(n) or n^1.5.
  enum class Halves { as_roots, as_decimals };

  /// The formula in the names, such as 1/(n_patch sqrt(n)), M n/n_out or n^0.3.
  friend std::string to_string(const Monomial& monomial, Halves halves = Halves::as_roots) {
    const auto [above, factors_above] = monomial.side(+1, halves);
    const auto [below, factors_below] = monomial.side(-1, halves);
    const std::string numerator = factors_above == 0 ? "1" : above;
    if (factors_below == 0) return numerator;
    return numerator + (factors_below == 1 ? "/" + below : "/(" + below + ")");
  }

  friend std::ostream& operator<<(std::ostream& out, const Monomial& monomial) {
    return out << to_string(monomial);
  }

 private:
  struct Factor {
    double number;
    double power;
    bool operator==(const Factor&) const = default;
  };

  static constexpr double negligible = 1e-12;

  void drop_zero_powers() {
    std::erase_if(factors_, [](const auto& entry) { return std::abs(entry.second.power) < negligible; });
  }

  static bool is_odd_half(double power) {
    const double halves = std::round(2 * power);
    return std::abs(2 * power - halves) < negligible && std::fmod(halves, 2) != 0;
  }

  static std::string written(const std::string& name, double power) {
    if (std::abs(power - 1) < negligible) return name;
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text.precision(12);
    text << name << '^' << power;
    return text.str();
  }

  // The factors of the numerator (sign +1) or the denominator (−1), and how many there are as written.
  std::pair<std::string, int> side(int sign, Halves halves) const {
    std::vector<std::string> terms;
    std::string radicand;
    for (const auto& [name, factor] : factors_) {
      double power = sign * factor.power;
      if (power < 0) continue;
      if (halves == Halves::as_roots && is_odd_half(power)) {
        radicand += (radicand.empty() ? "" : " ") + name;
        power -= 0.5;
      }
      if (power > negligible) terms.push_back(written(name, power));
    }
    if (!radicand.empty()) terms.push_back("sqrt(" + radicand + ")");
    std::string joined;
    for (const std::string& term : terms) joined += (joined.empty() ? "" : " ") + term;
    return {joined, static_cast<int>(terms.size())};
  }

  std::map<std::string, Factor, std::less<>> factors_;
};

}  // namespace widthwise
