// SPDX-License-Identifier: MIT
#include "output/table.hpp"

#include <algorithm>
#include <cassert>

#include "utf8.hpp"

namespace widthwise::program {

namespace {

using Row = std::vector<std::string>;

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = character_count(table.columns[c].title);
    for (const auto& row : table.rows) {
      assert(row.size() == table.columns.size());
      width = std::max(width, character_count(row[c]));
    }
    widths.push_back(width);
  }
  return widths;
}

std::string padded(const std::string& text, std::size_t width, Table::Align align) {
  const std::string space(width - std::min(width, character_count(text)), ' ');
  return align == Table::Align::left ? text + space : space + text;
}

Row titles(const Table& table) {
  Row row;
  for (const auto& column : table.columns) row.push_back(column.title);
  return row;
}

std::string without_trailing_space(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string markdown_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|' || c == '\\') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

}  // namespace

std::string aligned_text(const Table& table) {
  const auto widths = widths_of(table);
  std::string text;
  const auto add = [&](const Row& row) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c)
      line += (c == 0 ? "" : "  ") + padded(row[c], widths[c], table.columns[c].align);
    text += without_trailing_space(line) + '\n';
  };
  add(titles(table));
  Row rule;
  for (const std::size_t width : widths) rule.push_back(std::string(width, '-'));
  add(rule);
  for (const auto& row : table.rows) add(row);
  return text;
}

std::string markdown(const Table& table) {
  Table escaped = table;
  for (auto& column : escaped.columns) column.title = markdown_cell(column.title);
  for (auto& row : escaped.rows)
    for (auto& cell : row) cell = markdown_cell(cell);
  auto widths = widths_of(escaped);
  for (auto& width : widths) width = std::max<std::size_t>(width, 3);

  std::string text;
  const auto add = [&](const Row& row) {
    for (std::size_t c = 0; c < row.size(); ++c)
      text += "| " + padded(row[c], widths[c], table.columns[c].align) + ' ';
    text += "|\n";
  };
  add(titles(escaped));
  for (std::size_t c = 0; c < widths.size(); ++c)
    text += "| " + std::string(widths[c] - 1, '-') +
            (table.columns[c].align == Table::Align::right ? ": " : "- ");
  text += "|\n";
  for (const auto& row : escaped.rows) add(row);
  return text;
}

std::string csv(const Table& table) {
  std::string text;
  const auto add = [&](const Row& row) {
    assert(row.size() == table.columns.size());
    for (std::size_t c = 0; c < row.size(); ++c) text += (c == 0 ? "" : ",") + csv_cell(row[c]);
    text += '\n';
  };
  add(titles(table));
  for (const auto& row : table.rows) add(row);
  return text;
}

}  // namespace widthwise::program
