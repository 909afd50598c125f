// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/event_stream.h"

#include <algorithm>
#include <cstdlib>

#include "services/iked/runtime/view_messages.h"

namespace culvert::iked {
namespace {

constexpr size_t kEventsPerRead = 256;
constexpr absl::Duration kCancelCheck = absl::Milliseconds(500);  // how soon a silent watcher's end is noticed

ike::v1::Event Heartbeat(const EventLog& log, const base::Clock& clock, uint64_t sequence) {
  ike::v1::Event event;
  event.set_type(ike::v1::EventType::HEARTBEAT);
  event.set_sequence(sequence);
  *event.mutable_time() = NowMessage(clock);
  event.set_resume_token(log.TokenOf(sequence));
  return event;
}

}  // namespace

absl::Status EventStream::RunFrom(uint64_t sequence) const {
  const absl::Status gone = absl::CancelledError("the watcher is gone");
  absl::Duration silent_since = clock.Monotonic();
  while (!cancelled()) {
    const auto events = log.ReadAfter(sequence, kEventsPerRead, std::min(kCancelCheck, heartbeat));
    if (!events.ok()) {
      return absl::ResourceExhaustedError("too slow: events were lost; start again with a snapshot");
    }
    for (const LoggedEvent& logged : *events) {
      sequence = logged.sequence;
      ike::v1::Event event;
      if (!event.ParseFromString(logged.encoded)) std::abort();  // we have encoded it
      if (!tunnel.empty() && event.tunnel() != tunnel) continue;
      event.set_sequence(sequence);
      event.set_resume_token(log.TokenOf(sequence));
      if (!write(event)) return gone;
      silent_since = clock.Monotonic();
    }
    if (clock.Monotonic() - silent_since < heartbeat) continue;
    if (!write(Heartbeat(log, clock, sequence))) return gone;
    silent_since = clock.Monotonic();
  }
  return gone;
}

}  // namespace culvert::iked
