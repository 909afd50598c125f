// SPDX-License-Identifier: Apache-2.0
// One watcher's events, from its place in the log onwards, until it is gone or has fallen too far behind.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "culvert/ike/v1/ike.pb.h"
#include "libs/base/clock.h"
#include "services/iked/runtime/event_log.h"

namespace culvert::iked {

struct EventStream {
  const EventLog& log;
  const base::Clock& clock;
  std::string tunnel;        // "": every tunnel's, and what belongs to none
  absl::Duration heartbeat;  // how long it hears nothing at most
  std::function<bool()> cancelled;
  std::function<bool(const ike::v1::Event&)> write;  // false: the watcher is gone; may block for as long as it is slow

  // Cancelled: the watcher has gone. ResourceExhausted: events that it has not read are gone.
  absl::Status RunFrom(uint64_t sequence) const;
};

}  // namespace culvert::iked
