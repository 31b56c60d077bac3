// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Threads to work with: as many as asked for, or all there are where that is 0.
inline int thread_count(int asked) {
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Runs compute(0) … compute(count − 1) on some threads and hands the results to fold(i, result) in order of
/// i.
///
/// The order of folding, and so every rounding, does not depend on the number of threads. No thread runs
/// ahead of the fold by more than one result, so that at most one a thread is alive. `threads` = 0 means all
/// there are. The first exception of any call ends the work and is thrown again here.
template <class Compute, class Fold>
void parallel_fold(Index count, int threads, Compute&& compute, Fold&& fold) {
  const Index workers = std::min<Index>(thread_count(threads), count);
  if (workers <= 1) {
    for (Index i = 0; i < count; ++i) fold(i, compute(i));
    return;
  }

  std::mutex mutex;
  std::condition_variable folded;
  Index next = 0, turn = 0;
  std::exception_ptr failure;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (!failure && next < count) {
      const Index i = next++;
      lock.unlock();
      try {
        auto result = compute(i);
        lock.lock();
        folded.wait(lock, [&] { return failure || turn == i; });
        if (!failure) fold(i, std::move(result));
        ++turn;
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure) failure = std::current_exception();
      }
      folded.notify_all();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (Index w = 0; w < workers; ++w) pool.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace widthwise
