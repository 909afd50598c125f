// SPDX-License-Identifier: Apache-2.0
// The process's log: one line on stderr for each event, as text for people or as JSON for machines. A message is a
// fixed phrase; whatever varies is a field:
//   LogInfo("tunnel up", {{"tunnel", name}, {"spi", spi}});
// A field cannot be made of a base::Secret, and messages of peers are escaped, so that no line can forge another.
// The logger is spdlog's default one: the only process-wide object we share, as stderr itself is.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace culvert::daemon {

enum class LogLevel { kError, kWarning, kInfo, kDebug };
enum class LogFormat { kText, kJson };

// "error", "warning", "info", "debug"; InvalidArgument for anything else.
absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view text);
absl::string_view LogLevelName(LogLevel level);

// A key and a value; borrows both until the end of the call that logs them.
struct LogField {
  using Value = std::variant<absl::string_view, int64_t, uint64_t, double, bool>;

  LogField(absl::string_view k, absl::string_view v) : key(k), value(v) {}
  LogField(absl::string_view k, const char* v) : key(k), value(absl::string_view(v)) {}
  LogField(absl::string_view k, const std::string& v) : key(k), value(absl::string_view(v)) {}
  LogField(absl::string_view k, const absl::Status& v) : key(k), value(v.message()) {}
  LogField(absl::string_view k, bool v) : key(k), value(v) {}
  LogField(absl::string_view k, std::floating_point auto v) : key(k), value(static_cast<double>(v)) {}
  LogField(absl::string_view k, std::signed_integral auto v) : key(k), value(static_cast<int64_t>(v)) {}
  LogField(absl::string_view k, std::unsigned_integral auto v) : key(k), value(static_cast<uint64_t>(v)) {}

  absl::string_view key;
  Value value;
};
using LogFields = std::initializer_list<LogField>;

// Once, at start. Until then lines are text at level info, named "culvert".
void StartLog(absl::string_view process, LogFormat format, LogLevel level);

// At any time, from any thread; returns the level that was set before.
LogLevel SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);  // guards fields that are expensive to make

void Log(LogLevel level, absl::string_view message, LogFields fields = {});

inline void LogError(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kError, message, fields);
}
inline void LogWarning(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogInfo(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogDebug(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}

}  // namespace culvert::daemon
