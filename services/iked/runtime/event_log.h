// SPDX-License-Identifier: Apache-2.0
// The newest events, numbered, for those who watch; encoded, because thousands are kept and few are read. Bounded: a
// reader that falls behind the oldest has lost its place, which is the reader's problem and never the engine's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace culvert::iked {

struct LoggedEvent {
  uint64_t sequence = 0;
  std::string encoded;  // as it was appended
};

// Thread-safe.
class EventLog {
 public:
  static constexpr size_t kMostOctets = 1 << 20;                 // some 3,000 events
  static constexpr size_t kOverhead = sizeof(std::string) + 16;  // what each costs beside its octets

  // `epoch` tells this process's sequences from another's, in resume tokens.
  explicit EventLog(uint64_t epoch, size_t most_octets = kMostOctets) : epoch_(epoch), most_octets_(most_octets) {}

  void Append(std::string encoded);  // the newest stays, whatever its size

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
  const size_t most_octets_;
  mutable std::mutex mutex_;
  mutable std::condition_variable appended_;
  std::deque<std::string> events_;  // the last of them is number last_
  size_t octets_ = 0;               // of all of them
  uint64_t last_ = 0;
};

}  // namespace culvert::iked
