// SPDX-License-Identifier: Apache-2.0
// The newest events, numbered, for those who watch. Bounded: a reader that falls behind the oldest has lost its place,
// which is the reader's problem and never the engine's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

struct LoggedEvent {
  uint64_t sequence = 0;
  std::shared_ptr<const Event> event;
};

// Thread-safe.
class EventLog {
 public:
  static constexpr size_t kCapacity = 4096;

  // `epoch` tells this process's sequences from another's, in resume tokens.
  explicit EventLog(uint64_t epoch, size_t capacity = kCapacity) : epoch_(epoch), capacity_(capacity) {}

  void Append(std::shared_ptr<const Event> event);

  uint64_t last() const;  // sequence of the newest; 0: none yet

  // What came after `sequence`, oldest first, at most `limit`; waits up to `timeout` for the first of it, and is empty
  // where none came. OutOfRange: the next one after `sequence` is gone already.
  absl::StatusOr<std::vector<LoggedEvent>> ReadAfter(uint64_t sequence, size_t limit, absl::Duration timeout) const;

  // Where to go on: the state after `sequence`.
  std::string TokenOf(uint64_t sequence) const;
  // InvalidArgument: not a token. OutOfRange: another process's, or too old.
  absl::StatusOr<uint64_t> ParseToken(absl::string_view token) const;

 private:
  uint64_t OldestLocked() const { return last_ - events_.size() + 1; }

  const uint64_t epoch_;
  const size_t capacity_;
  mutable std::mutex mutex_;
  mutable std::condition_variable appended_;
  std::deque<std::shared_ptr<const Event>> events_;  // the last of them is number last_
  uint64_t last_ = 0;
};

}  // namespace culvert::iked
