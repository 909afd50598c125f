// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/worker_pool.h"

#include <algorithm>
#include <utility>

namespace culvert::iked {

WorkerPool::WorkerPool(int threads, Limits limits) : limits_(limits) {
  const int count = threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 0; i < count; ++i) workers_.emplace_back([this] { RunWorker(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  available_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool WorkerPool::Submit(JobClass priority, Work work) {
  const auto index = static_cast<size_t>(priority);
  {
    const std::lock_guard lock(mutex_);
    if (queues_[index].size() >= limits_.queued[index]) return false;
    queues_[index].push_back(std::move(work));
  }
  available_.notify_one();
  return true;
}

void WorkerPool::RunWorker() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto queue =
        std::find_if(queues_.begin(), queues_.end(), [](const std::deque<Work>& q) { return !q.empty(); });
    if (stopping_) return;
    if (queue == queues_.end()) {
      available_.wait(lock);
      continue;
    }
    Work work = std::move(queue->front());
    queue->pop_front();
    lock.unlock();
    std::move(work)();
    lock.lock();
  }
}

}  // namespace culvert::iked
