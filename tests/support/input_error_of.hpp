// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "input/input_error.hpp"

namespace widthwise::test {

/// What the InputError says that a piece of code throws; every one is a single line.
template <class Code>
std::string input_error_of(const Code& code) {
  try {
    code();
  } catch (const program::InputError& error) {
    const std::string text = error.what();
    return text.find('\n') == std::string::npos ? text : "several lines: " + text;
  }
  return "no error";
}

}  // namespace widthwise::test
