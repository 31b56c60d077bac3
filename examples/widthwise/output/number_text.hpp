// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace widthwise::program {

/// A number for people: rounded to so many significant digits, without zeros that say nothing.
std::string rounded(double value, int digits = 4);

/// The shortest text that reads back as the same double.
std::string exact(double value);

/// A whole number with its digits in groups of three: 86,444,008.
std::string grouped(double value);

}  // namespace widthwise::program
