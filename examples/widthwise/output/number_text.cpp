// SPDX-License-Identifier: MIT
#include "output/number_text.hpp"

#include <charconv>
#include <cstdio>

namespace widthwise::program {

std::string rounded(double value, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.*g", digits, value);
  return std::string(text, static_cast<std::size_t>(length));
}

std::string exact(double value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string grouped(double value) {
  char text[400];
  int length = std::snprintf(text, sizeof text, "%.0f", value);
  std::string digits(text, static_cast<std::size_t>(length));
  const int sign = value < 0 ? 1 : 0;
  for (length -= 3; length > sign; length -= 3) digits.insert(static_cast<std::size_t>(length), ",");
  return digits;
}

}  // namespace widthwise::program
