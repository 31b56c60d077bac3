// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace widthwise::program {

/// What a user gave cannot be used. The message is one line, `FILE: field: reason`, or `FILE: reason` without
/// a field.
///
/// `file` may also be an option, such as `--width`. Control characters are shown as question marks, and what
/// comes after the first 500 bytes as dots.
class InputError : public std::runtime_error {
 public:
  InputError(const std::string& file, const std::string& field, const std::string& reason)
      : std::runtime_error(one_line(file + ": " + (field.empty() ? "" : field + ": ") + reason)) {}

 private:
  static std::string one_line(std::string text) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    constexpr std::size_t longest = 500;
    if (text.size() > longest) {
      std::size_t end = longest;
      while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // inside a character
      text.replace(end, std::string::npos, "...");
    }
    return text;
  }
};

}  // namespace widthwise::program
