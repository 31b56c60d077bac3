// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <sstream>
#include <stdexcept>

namespace widthwise::detail {

/// Throws std::invalid_argument with one sentence put together from the parts.
template <class... Parts>
[[noreturn]] void reject(const Parts&... parts) {
  std::ostringstream message;
  message.precision(std::numeric_limits<double>::digits10);
  (message << ... << parts);
  throw std::invalid_argument(message.str());
}

}  // namespace widthwise::detail
