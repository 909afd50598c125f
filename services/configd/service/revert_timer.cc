// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/revert_timer.h"

#include <algorithm>

#include "libs/daemon/log.h"

namespace culvert::configd {
namespace {

// Condition variables wait on CLOCK_MONOTONIC, which stands still through a suspend; the deadline does not.
constexpr absl::Duration kLongestNap = absl::Seconds(5);

}  // namespace

RevertTimer::RevertTimer(Transactions* transactions) : transactions_(*transactions), thread_([this] { Run(); }) {}

RevertTimer::~RevertTimer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void RevertTimer::Rearm() {
  {
    const std::lock_guard lock(mutex_);
    rearmed_ = true;
  }
  wake_.notify_one();
}

void RevertTimer::Run() {
  absl::Duration pause = absl::ZeroDuration();  // after a failure
  while (true) {
    const std::optional<absl::Duration> left = transactions_.UntilRevert();
    {
      std::unique_lock lock(mutex_);
      const auto woken = [this] { return rearmed_ || stopping_; };
      if (left) {
        const absl::Duration nap = std::min(std::max(*left, pause), kLongestNap);
        wake_.wait_for(lock, absl::ToChronoNanoseconds(nap), woken);
      } else {
        wake_.wait(lock, woken);
      }
      if (stopping_) return;
      rearmed_ = false;
    }
    const absl::Status status = transactions_.RevertIfDue();
    pause = status.ok() ? absl::ZeroDuration() : kLongestNap;
    if (!status.ok())
      daemon::LogError("cannot take the unconfirmed configuration back; trying again", {{"error", status}});
  }
}

}  // namespace culvert::configd
