// SPDX-License-Identifier: MIT
#include "output/progress_bar.hpp"

#include <sstream>

#include "support/catch.hpp"

using namespace widthwise::program;
using namespace std::chrono_literals;

namespace {

constexpr const char* cleared = "\r\033[K";

}  // namespace

TEST_CASE("the bar shows progress, time and what is left, and erases itself") {
  std::ostringstream terminal;
  const auto start = ProgressBar::Clock::now();
  {
    ProgressBar bar("flow", terminal, 80);
    bar.restart("flow", start);
    bar.update(30, 120, start + 30s);
    CHECK(terminal.str() ==
          std::string(cleared) + "flow [#######.......................]  25%  30 s, 1:30 min left");
    terminal.str("");
    bar.update(120, 120, start + 7322s);
    CHECK(terminal.str() ==
          std::string(cleared) + "flow [##############################] 100%  2:02 h, 0 s left");
    terminal.str("");
  }
  CHECK(terminal.str() == cleared);
}

TEST_CASE("the bar does not flood the terminal, nor flash for short work") {
  std::ostringstream terminal;
  const auto start = ProgressBar::Clock::now();
  std::size_t drawn = 0;
  {
    ProgressBar bar("flow", terminal, 80);
    bar.restart("flow", start);
    for (int i = 0; i < 100'000; ++i) {
      bar.update(i, 100'000, start + i * 10us);
      drawn += !terminal.str().empty();
      terminal.str("");
    }
  }
  CHECK(drawn >= 4);
  CHECK(drawn <= 6);
  {
    terminal.str("");
    ProgressBar bar("flow", terminal, 80);
    bar.restart("flow", start);
    bar.update(1, 2, start + 100ms);
  }
  CHECK(terminal.str().empty());
}

TEST_CASE("the bar fits its terminal, and is not drawn without one") {
  const auto start = ProgressBar::Clock::now();
  for (const std::size_t columns : {10, 30, 50, 79, 200}) {
    std::ostringstream terminal;
    ProgressBar bar("a longer title", terminal, columns);
    bar.restart("a longer title", start);
    bar.update(1, 3, start + 5s);
    CHECK(terminal.str().size() - std::string(cleared).size() <= std::min<std::size_t>(columns - 1, 100));
  }
  std::ostringstream none;
  {
    ProgressBar bar("flow", none, 0);
    bar.update(1, 2, start + 5s);
  }
  CHECK(none.str().empty());
}

TEST_CASE("the bar counts steps that have a name") {
  std::ostringstream terminal;
  const auto start = ProgressBar::Clock::now();
  ProgressBar bar("gram", terminal, 80);
  bar.count("tiles");
  bar.restart("gram", start);
  bar.update(3, 12, start + 30s);
  CHECK(terminal.str() ==
        std::string(cleared) + "gram [#######.......................] 3 of 12 tiles  30 s, 1:30 min left");
}
