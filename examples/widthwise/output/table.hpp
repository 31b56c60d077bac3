// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace widthwise::program {

/// A table of texts; every row has one cell for each column. Numbers are best aligned right.
struct Table {
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// For a terminal: columns aligned with spaces under a ruled line of titles.
std::string aligned_text(const Table& table);

/// A table as GitHub's Markdown has them.
std::string markdown(const Table& table);

/// Comma-separated values (RFC 4180, with plain line feeds), titles first.
std::string csv(const Table& table);

}  // namespace widthwise::program
