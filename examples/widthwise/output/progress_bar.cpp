// SPDX-License-Identifier: MIT
#include "output/progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace widthwise::program {

namespace {

using namespace std::chrono_literals;

constexpr auto first_shown_after = 400ms;
constexpr auto redrawn_after = 150ms;
constexpr std::size_t widest = 100;

std::size_t terminal_columns() {
  const char* kind = std::getenv("TERM");
  if (!::isatty(STDERR_FILENO) || (kind && std::string_view(kind) == "dumb")) return 0;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  const auto two = [](long long number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  if (whole < 3600) return std::to_string(whole / 60) + ":" + two(whole % 60) + " min";
  return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + " h";
}

}  // namespace

ProgressBar::ProgressBar(std::string title) : ProgressBar(std::move(title), std::cerr, terminal_columns()) {}

ProgressBar::ProgressBar(std::string title, std::ostream& stream, std::size_t columns)
    : title_(std::move(title)), stream_(stream), columns_(std::min(columns, widest)), start_(Clock::now()) {}

ProgressBar::~ProgressBar() {
  erase();
}

void ProgressBar::restart(std::string title, Clock::time_point now) {
  title_ = std::move(title);
  start_ = now;
}

void ProgressBar::update(std::int64_t done, std::int64_t total, Clock::time_point now) {
  if (columns_ == 0 || total < 1) return;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  if (visible_ ? now - drawn_at_ < redrawn_after : now - start_ < first_shown_after) return;

  const double fraction = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const std::string percent = std::to_string(static_cast<int>(100 * fraction)) + "%";
  std::string after = steps_.empty()
                          ? " " + std::string(4 - percent.size(), ' ') + percent
                          : " " + std::to_string(done) + " of " + std::to_string(total) + " " + steps_;
  after += "  " + duration_text(elapsed);
  if (done > 0) after += ", " + duration_text(elapsed * (1 - fraction) / fraction) + " left";

  // The last column stays free: some terminals break the line there.
  const std::size_t room = columns_ - 1, text = title_.size() + after.size() + 3;
  std::string line;
  if (text + 10 <= room) {
    const std::size_t width = std::min<std::size_t>(30, room - text);
    const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(width));
    line = title_ + " [" + std::string(filled, '#') + std::string(width - filled, '.') + "]" + after;
  } else {
    line = (title_ + after).substr(0, room);
  }
  stream_ << "\r\033[K" << line << std::flush;
  visible_ = true;
  drawn_at_ = now;
}

void ProgressBar::erase() {
  if (visible_) stream_ << "\r\033[K" << std::flush;
  visible_ = false;
}

}  // namespace widthwise::program
