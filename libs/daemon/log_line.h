// SPDX-License-Identifier: Apache-2.0
// One event as one line: pure, so that escaping can be tested to the byte.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/daemon/log.h"

namespace culvert::daemon {

struct LogEvent {
  absl::Time time;
  LogLevel level;
  absl::string_view process;
  absl::string_view message;
  LogFields fields;
};

// {"ts":"2026-01-02T03:04:05.678Z","level":"info","process":"iked","msg":"tunnel up","tunnel":"to-b"}
// RFC 8259 strings; octets that are no UTF-8 become U+FFFD. A field that would repeat one of the first four keys is
// written with a trailing underscore.
std::string JsonLine(const LogEvent& event);

// 03:04:05.678 INFO    iked: tunnel up tunnel=to-b reason="two words"   (UTC; control characters escaped)
std::string TextLine(const LogEvent& event);

// `text` as an RFC 8259 string, quotes included.
std::string JsonString(absl::string_view text);

}  // namespace culvert::daemon
