// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/daemon/log_line.h"

namespace culvert::daemon {
namespace {

struct Level {
  LogLevel level;
  absl::string_view name;
  spdlog::level::level_enum spdlog;
};
constexpr std::array<Level, 4> kLevels = {{
    {LogLevel::kError, "error", spdlog::level::err},
    {LogLevel::kWarning, "warning", spdlog::level::warn},
    {LogLevel::kInfo, "info", spdlog::level::info},
    {LogLevel::kDebug, "debug", spdlog::level::debug},
}};

const Level& Find(LogLevel level) {
  return kLevels[static_cast<size_t>(level)];
}

// The format is a property of the process, like the descriptor it goes to.
std::atomic<LogFormat>& Format() {
  static std::atomic<LogFormat> format = LogFormat::kText;
  return format;
}

// spdlog's default logger, remade once with a sink on stderr that writes our line as it is.
spdlog::logger& Logger() {
  static const bool made = [] {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("culvert"));
    spdlog::set_pattern("%v");
    return true;
  }();
  static_cast<void>(made);
  return *spdlog::default_logger_raw();
}

}  // namespace

absl::StatusOr<LogLevel> ParseLogLevel(absl::string_view text) {
  for (const Level& level : kLevels) {
    if (level.name == text) return level.level;
  }
  return absl::InvalidArgumentError(absl::StrCat("log level \"", text, "\" is none of error, warning, info, debug"));
}

absl::string_view LogLevelName(LogLevel level) {
  return Find(level).name;
}

void StartLog(absl::string_view process, LogFormat format, LogLevel level) {
  Logger();
  Format() = format;
  auto named = std::make_shared<spdlog::logger>(std::string(process), spdlog::default_logger()->sinks().begin(),
                                                spdlog::default_logger()->sinks().end());
  named->set_level(Find(level).spdlog);
  spdlog::set_default_logger(std::move(named));
}

LogLevel SetLogLevel(LogLevel level) {
  const spdlog::level::level_enum previous = Logger().level();
  Logger().set_level(Find(level).spdlog);
  for (const Level& row : kLevels) {
    if (row.spdlog == previous) return row.level;
  }
  return LogLevel::kInfo;
}

bool LogEnabled(LogLevel level) {
  return Logger().should_log(Find(level).spdlog);
}

void Log(LogLevel level, absl::string_view message, LogFields fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(Find(level).spdlog)) return;
  const LogEvent event{absl::Now(), level, logger.name(), message, fields};
  logger.log(Find(level).spdlog, Format() == LogFormat::kJson ? JsonLine(event) : TextLine(event));
}

}  // namespace culvert::daemon
