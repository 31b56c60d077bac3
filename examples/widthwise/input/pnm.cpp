// SPDX-License-Identifier: MIT
#include "input/pnm.hpp"

#include <algorithm>
#include <optional>

#include "input/input_error.hpp"

namespace widthwise::program {

namespace {

constexpr Index largest_number = 1'000'000'000;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Takes a decimal number, with the space and comments before it, off the front.
std::optional<Index> take_number(std::string_view& bytes) {
  while (!bytes.empty() && (is_space(bytes[0]) || bytes[0] == '#')) {
    const std::size_t length = bytes[0] == '#' ? bytes.find('\n') : 1;
    bytes.remove_prefix(std::min(length, bytes.size()));
  }
  Index number = 0;
  std::size_t digits = 0;
  for (; digits < bytes.size() && bytes[digits] >= '0' && bytes[digits] <= '9'; ++digits) {
    number = 10 * number + (bytes[digits] - '0');
    if (number > largest_number) return std::nullopt;
  }
  bytes.remove_prefix(digits);
  if (digits == 0) return std::nullopt;
  return number;
}

std::optional<Index> take_binary(std::string_view& bytes, std::size_t length) {
  if (bytes.size() < length) return std::nullopt;
  Index number = 0;
  for (std::size_t i = 0; i < length; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(length);
  return number;
}

}  // namespace

bool is_pnm(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == 'P' &&
         std::string_view("2356").find(bytes[1]) != std::string_view::npos;
}

Pixels decode_pnm(std::string_view bytes, const std::string& file, Index most,
                  std::vector<unsigned char>& values) {
  const char kind = bytes[1];
  const bool binary = kind == '5' || kind == '6';
  bytes.remove_prefix(2);
  const auto width = take_number(bytes), height = take_number(bytes), maxval = take_number(bytes);
  if (!width || !height || !maxval || *width < 1 || *height < 1 || *maxval < 1 || *maxval > 65535)
    throw InputError(file, "", "the image has a wrong header");
  require_size({*height, *width, 1, {}}, file, most);
  if (!bytes.empty()) bytes.remove_prefix(1);  // the one space before the pixels

  Pixels image{*height, *width, kind == '2' || kind == '5' ? 1 : 3, {}};
  const Index count = image.height * image.width * image.channels;
  // Each number takes a byte at least, so that the file's size bounds what is set aside.
  if (static_cast<Index>(bytes.size()) < count) throw InputError(file, "", "the image ends early");
  values.clear();
  values.reserve(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    const auto number = binary ? take_binary(bytes, *maxval < 256 ? 1 : 2) : take_number(bytes);
    if (!number) throw InputError(file, "", "the image ends early");
    if (*number > *maxval) throw InputError(file, "", "the image has a pixel above its largest value");
    values.push_back(static_cast<unsigned char>((255 * *number + *maxval / 2) / *maxval));
  }
  image.values = values;
  return image;
}

}  // namespace widthwise::program
