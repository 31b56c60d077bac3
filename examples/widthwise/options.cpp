// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "listed.hpp"
#include "model_file.hpp"
#include "output/write_output.hpp"

namespace widthwise::program {

namespace {

// Whether all of the text is one number of this type.
template <class T>
bool read_all(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end;
}

}  // namespace

std::int64_t parse_whole_number(const std::string& text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  if (!read_all(text, value) || value < least || value > most)
    detail::reject("should be a whole number from ", least, " to ", most, ", but is ", text);
  return value;
}

double parse_positive_number(const std::string& text) {
  double value = 0;
  if (!read_all(text, value) || !(value > 0) || !std::isfinite(value))
    detail::reject("should be a positive number, but is ", text);
  return value;
}

std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t value = 0;
  if (!read_all(text, value)) detail::reject("should be a whole number of 64 bits, but is ", text);
  return value;
}

Index parse_draws(const std::string& text) {
  return parse_whole_number(text, 16, Index{1} << 40);
}

int parse_threads(const std::string& text) {
  return static_cast<int>(parse_whole_number(text, 0, 1024));
}

std::string parse_word(const std::string& text, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), text) != words.end()) return text;
  detail::reject("should be one of ", listed(words), ", but is ", text);
}

Index parse_size(const std::string& text) {
  return parse_whole_number(text, 1, largest_size);
}

void add_format_option(CLI::App& command, std::string& format, const std::vector<std::string>& words) {
  format = words.front();
  add_parsed(
      command, "--format", format, [words](const std::string& text) { return parse_word(text, words); },
      listed(words) + " (default: " + words.front() + ")")
      ->type_name("NAME");
}

void add_path_option(CLI::App& command, const std::string& name, std::optional<std::filesystem::path>& file,
                     const std::string& help) {
  add_parsed(
      command, name, file, [](const std::string& text) { return std::filesystem::path(text); }, help)
      ->type_name("FILE");
}

void add_input_options(CLI::App& command, std::vector<std::filesystem::path>& inputs,
                       std::optional<Index>& samples) {
  command.add_option("--input", inputs, "files with the samples, one or more")->required()->type_name("FILE");
  add_parsed(command, "--samples", samples, parse_size, "take this many samples (default: all)")
      ->type_name("D");
}

void add_seed_option(CLI::App& command, std::uint64_t& seed) {
  add_parsed(command, "--seed", seed, parse_seed, "what random numbers start from (default: 0)")
      ->type_name("K");
}

void add_output_option(CLI::App& command, std::optional<std::filesystem::path>& output) {
  add_path_option(command, "--output", output,
                  "write to this file, whole or not at all\n(default: standard output)");
}

}  // namespace widthwise::program
