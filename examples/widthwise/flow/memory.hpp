// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "widthwise/kernel/layout.hpp"

namespace widthwise::program {

inline constexpr double gibibyte = 1024.0 * 1024 * 1024;

/// About how many bytes a flow through so many blocks takes; `threads` = 0 means all there are.
double flow_bytes(const TokenLayout& layout, Index blocks, int threads);

/// Throws std::invalid_argument where a flow would take more than `available` bytes: a system out of memory
/// stops a program without a word. `what` is what flows.
void require_memory(const std::string& what, double needed, double available);
void require_memory(const TokenLayout& layout, Index blocks, int threads, double available);

/// Kernels come and go by the thousand: from here on, keeps freed memory for the next ones instead of handing
/// it back to the system, where the C library can be told so.
void keep_freed_memory();

/// The bytes of memory that this machine has.
double machine_memory();

}  // namespace widthwise::program
