// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_log.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace culvert::iked {

void EventLog::Append(std::string encoded) {
  {
    const std::lock_guard lock(mutex_);
    octets_ += encoded.size() + kOverhead;
    events_.push_back(std::move(encoded));
    while (octets_ > most_octets_ && events_.size() > 1) {
      octets_ -= events_.front().size() + kOverhead;
      events_.pop_front();
    }
    ++last_;
  }
  appended_.notify_all();
}

uint64_t EventLog::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

absl::StatusOr<std::vector<LoggedEvent>> EventLog::ReadAfter(uint64_t sequence, size_t limit,
                                                             absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  appended_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [&] { return last_ > sequence; });
  std::vector<LoggedEvent> out;
  if (last_ <= sequence) return out;
  if (sequence + 1 < OldestLocked()) {
    return absl::OutOfRangeError(absl::StrCat("events up to ", OldestLocked() - 1, " are gone"));
  }
  const uint64_t end = std::min(last_, sequence + limit);
  for (uint64_t i = sequence + 1; i <= end; ++i) out.push_back({i, events_[i - OldestLocked()]});
  return out;
}

std::string EventLog::TokenOf(uint64_t sequence) const {
  return absl::StrFormat("%016x-%d", epoch_, sequence);
}

absl::StatusOr<uint64_t> EventLog::ParseToken(absl::string_view token) const {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '-');
  uint64_t epoch, sequence;
  if (parts.size() != 2 || !absl::SimpleHexAtoi(parts[0], &epoch) || !absl::SimpleAtoi(parts[1], &sequence)) {
    return absl::InvalidArgumentError("resume_token is not one of ours");
  }
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_ || sequence > last_) return absl::OutOfRangeError("resume_token is of another run of iked");
  if (sequence + 1 < OldestLocked()) return absl::OutOfRangeError("resume_token is too old");
  return sequence;
}

}  // namespace culvert::iked
