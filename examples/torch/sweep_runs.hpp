// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "training.hpp"

namespace widthwise::training {

/// One line of a sweep's results: what was trained, and what came of it.
struct SweepRun {
  TrainingSettings settings = {};
  double initial_loss = 0, train_loss = 0,
         held_out_loss = 0;  ///< as in TrainingRun; NaN for a run that broke off
};

/// The most bytes of results that are read.
inline constexpr std::size_t largest_results = std::size_t{1} << 28;

/// The settings as a line of results begins: what tells runs apart.
std::string run_key(const TrainingSettings& settings);

/// Results as a table of comma-separated values, from its text. Whatever follows the last line feed was not
/// written to its end and is left out. `file` is what errors call the text. Throws InputError naming the
/// line.
std::vector<SweepRun> parse_runs(std::string_view text, const std::string& file);

/// A file of results that grows by one line per run, so that a sweep that was stopped goes on where it was.
class SweepFile {
 public:
  /// Reads what is there, and cuts off a line that was not written to its end. Throws InputError.
  explicit SweepFile(std::filesystem::path file);

  const std::vector<SweepRun>& runs() const { return runs_; }
  bool has(const TrainingSettings& settings) const;

  /// Writes one line through to the system. Throws InputError.
  void append(const SweepRun& run);

 private:
  void write(const std::string& text);

  std::filesystem::path file_;
  std::vector<SweepRun> runs_;
  std::ofstream stream_;
};

}  // namespace widthwise::training
