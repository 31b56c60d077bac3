// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

namespace widthwise::program {

/// A line on a terminal with how far long work has come, how long it took and how long it will take.
///
/// It is redrawn a few times a second at most, shows nothing for work that is done within a moment, and is
/// erased at the end. To be called by one thread at a time.
class ProgressBar {
 public:
  using Clock = std::chrono::steady_clock;

  /// Draws on standard error, and nowhere where that is no terminal.
  explicit ProgressBar(std::string title);
  /// Draws on any stream, up to `columns` wide; not at all with none.
  ProgressBar(std::string title, std::ostream& stream, std::size_t columns);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Says that `done` of `total` steps are over, at a time that tests may choose.
  void update(std::int64_t done, std::int64_t total, Clock::time_point now = Clock::now());
  /// Shows how many steps are done rather than a percentage, under this name, such as "tiles".
  void count(std::string steps) { steps_ = std::move(steps); }
  /// Gives later updates another title and counts their time anew, for the next part of the work.
  void restart(std::string title, Clock::time_point now = Clock::now());

 private:
  void erase();

  std::string title_;
  std::string steps_ = {};
  std::ostream& stream_;
  std::size_t columns_;
  Clock::time_point start_, drawn_at_;
  bool visible_ = false;
};

}  // namespace widthwise::program
