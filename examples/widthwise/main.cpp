// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#ifdef __GLIBC__  // which the headers before this define
#include <malloc.h>
#endif

int main(int count, char** arguments) {
#ifdef __GLIBC__
  // Kernels come and go by the thousand: keep their memory instead of handing it back and asking for it
  // again.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
  return widthwise::program::run_command_line(count, arguments);
}
