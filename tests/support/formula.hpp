// SPDX-License-Identifier: MIT
#pragma once

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

namespace widthwise::test {

/// Evaluates formulas as plans print them: "2", "M n^0.3/(n_patch sqrt(n))"; a space multiplies.
class Formula {
 public:
  static double evaluate(const std::string& text, const std::map<std::string, double>& numbers) {
    Formula formula(text, numbers);
    const double value = formula.quotient();
    if (formula.at_ != text.size()) throw std::runtime_error("cannot read " + text);
    return value;
  }

 private:
  Formula(const std::string& text, const std::map<std::string, double>& numbers)
      : text_(text), numbers_(numbers) {}

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // One factor alone may follow the stroke, so that 1/n sqrt(n) cannot be read two ways.
  double quotient() {
    const double above = product();
    return take('/') ? above / factor() : above;
  }

  double product() {
    double value = factor();
    while (take(' ')) value *= factor();
    return value;
  }

  double number() {
    const char* begin = text_.c_str() + at_;
    char* end = nullptr;
    const double value = std::strtod(begin, &end);
    if (end == begin) throw std::runtime_error("no number in " + text_);
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  double factor() {
    if (take('(')) return closed(quotient());
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) return number();
    std::string name;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
      name += text_[at_++];
    if (name == "sqrt" && take('(')) return std::sqrt(closed(quotient()));
    const double value = numbers_.at(name);
    return take('^') ? std::pow(value, number()) : value;
  }

  double closed(double value) {
    if (!take(')')) throw std::runtime_error("no closing bracket in " + text_);
    return value;
  }

  const std::string& text_;
  const std::map<std::string, double>& numbers_;
  std::size_t at_ = 0;
};

}  // namespace widthwise::test
