// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "libs/base/status_macros.h"

namespace culvert::iked {
namespace {

constexpr int kEventsPerTurn = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create(const base::Clock& clock) {
  base::UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return absl::ErrnoToStatus(errno, "epoll_create1");
  base::UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  const int wake_fd = wake.get();
  std::unique_ptr<EventLoop> loop(new EventLoop(clock, std::move(epoll), std::move(wake)));
  RETURN_IF_ERROR(loop->Watch(wake_fd, EPOLLIN, [wake_fd](uint32_t) {
    eventfd_t count;
    eventfd_read(wake_fd, &count);
  }));
  return loop;
}

void EventLoop::Post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;  // the caller's copy of the task goes with it
  posted_.push_back(std::move(task));
  if (posted_.size() == 1) eventfd_write(wake_.get(), 1);
}

void EventLoop::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  eventfd_write(wake_.get(), 1);
}

absl::Status EventLoop::Watch(int fd, uint32_t events, FdCallback callback) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return absl::ErrnoToStatus(errno, "epoll_ctl");
  watches_[fd] = std::make_shared<FdCallback>(std::move(callback));
  return absl::OkStatus();
}

void EventLoop::Unwatch(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watches_.erase(fd);
}

EventLoop::TimerId EventLoop::After(absl::Duration delay, Task task) {
  const TimerId id = ++last_timer_;
  timers_.Arm(id, clock_.Monotonic() + delay);
  timer_tasks_.emplace(id, std::move(task));
  return id;
}

void EventLoop::Cancel(TimerId timer) {
  timers_.Cancel(timer);
  timer_tasks_.erase(timer);
}

void EventLoop::RunPosted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) std::move(task)();
}

void EventLoop::RunTimers() {
  const absl::Duration now = clock_.Monotonic();
  while (const auto id = timers_.PopDue(now)) {
    auto node = timer_tasks_.extract(*id);
    std::move(node.mapped())();
  }
}

int EventLoop::TimeoutMilliseconds() const {
  const auto next = timers_.Next();
  if (!next) return -1;
  // Rounded up, so that a timer is due when the wait ends.
  const int64_t wait = absl::ToInt64Milliseconds(absl::Ceil(*next - clock_.Monotonic(), absl::Milliseconds(1)));
  return static_cast<int>(std::clamp<int64_t>(wait, 0, INT_MAX));
}

void EventLoop::Run() {
  thread_ = std::this_thread::get_id();
  std::array<epoll_event, kEventsPerTurn> events;
  while (true) {
    const int ready = epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, TimeoutMilliseconds());
    for (int i = 0; i < ready; ++i) {
      const auto found = watches_.find(events[i].data.fd);
      if (found == watches_.end()) continue;  // unwatched by an earlier callback of this turn
      const std::shared_ptr<FdCallback> callback = found->second;
      (*callback)(events[i].events);
    }
    RunPosted();
    RunTimers();
    for (const auto& hook : end_of_turn_) hook();

    std::vector<Task> dropped;  // destroyed without the lock: whoever waits for one of them learns that it never ran
    const std::lock_guard lock(mutex_);
    if (!stopping_) continue;
    dropped.swap(posted_);
    return;
  }
}

}  // namespace culvert::iked
