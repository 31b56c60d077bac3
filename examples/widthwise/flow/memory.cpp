// SPDX-License-Identifier: MIT
#include "flow/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#ifdef __GLIBC__  // which <cstdlib> defines
#include <malloc.h>
#endif

#include "flow/summary.hpp"
#include "output/number_text.hpp"
#include "widthwise/kernel/parallel.hpp"
#include "widthwise/kernel/reject.hpp"

namespace widthwise::program {

namespace {

// For every block, each replicate at work keeps about this many kernels until it has gone back through them,
// and so many are kept for means and standard errors. Measured on ViT-B/16, with one thread.
constexpr double kernels_per_block = 8;
constexpr int most_workers = 6;  // as many as there are replicates

}  // namespace

double flow_bytes(const TokenLayout& layout, Index blocks, int threads) {
  const double rows = layout.same_length()
                          ? static_cast<double>(layout.samples) * static_cast<double>(layout.tokens)
                          : static_cast<double>(layout.rows());
  return sizeof(double) * rows * rows * static_cast<double>(blocks) * kernels_per_block *
         (std::min(thread_count(threads), most_workers) + 1);
}

void require_memory(const std::string& what, double needed, double available) {
  if (needed > available)
    detail::reject(what, " would need about ", grouped(needed / gibibyte),
                   " GiB of memory, but this machine has ", grouped(available / gibibyte),
                   "; fewer samples or threads need less");
}

void require_memory(const TokenLayout& layout, Index blocks, int threads, double available) {
  require_memory(layout_text(layout), flow_bytes(layout, blocks, threads), available);
}

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most it takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}

double machine_memory() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace widthwise::program
