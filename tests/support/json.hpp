// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise::test {

/// A table of tests/reference/, by its file name.
inline nlohmann::json reference_table(const std::string& name) {
  std::ifstream file(std::string(WIDTHWISE_REFERENCE_DIR) + "/" + name);
  if (!file) throw std::runtime_error("no reference table " + name);
  return nlohmann::json::parse(file);
}

inline Matrix<double> matrix(const nlohmann::json& rows) {
  Matrix<double> result(static_cast<Index>(rows.size()), static_cast<Index>(rows.at(0).size()));
  for (Index i = 0; i < result.rows(); ++i)
    for (Index j = 0; j < result.cols(); ++j)
      result(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  return result;
}

}  // namespace widthwise::test
