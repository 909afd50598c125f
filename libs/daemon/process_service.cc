// SPDX-License-Identifier: Apache-2.0
#include "libs/daemon/process_service.h"

#include <utility>

#include "absl/time/clock.h"
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"
#include "libs/daemon/signals.h"
#include "libs/daemon/status.h"

namespace culvert::daemon {
namespace {

using service::v1::LogLevel;  // the wire's; ours is daemon::LogLevel

constexpr std::pair<LogLevel::Value, daemon::LogLevel> kLevels[] = {
    {LogLevel::ERROR, daemon::LogLevel::kError},
    {LogLevel::WARNING, daemon::LogLevel::kWarning},
    {LogLevel::INFO, daemon::LogLevel::kInfo},
    {LogLevel::DEBUG, daemon::LogLevel::kDebug},
};

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace

ProcessService::ProcessService(std::string process) : process_(std::move(process)), started_(absl::Now()) {}

grpc::ServerUnaryReactor* ProcessService::GetBuildInfo(grpc::CallbackServerContext* context,
                                                       const service::v1::GetBuildInfoRequest* /*request*/,
                                                       service::v1::GetBuildInfoResponse* response) {
  const BuildInfo build = daemon::GetBuildInfo();
  response->set_process(process_);
  response->set_version(std::string(build.version));
  response->set_revision(std::string(build.revision));
  response->set_compiler(std::string(build.compiler));
  response->set_start_time_seconds(absl::ToUnixSeconds(started_));
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ProcessService::SetLogLevel(grpc::CallbackServerContext* context,
                                                      const service::v1::SetLogLevelRequest* request,
                                                      service::v1::SetLogLevelResponse* response) {
  for (const auto& [wire, level] : kLevels) {
    if (wire != request->level()) continue;
    const daemon::LogLevel previous = daemon::SetLogLevel(level);
    LogInfo("log level set", {{"to", LogLevelName(level)}, {"by", CallerOf(*context).principal}});
    for (const auto& [previous_wire, row] : kLevels) {
      if (row == previous) response->set_previous(previous_wire);
    }
    return Finish(context, absl::OkStatus());
  }
  return Finish(context, WithFieldViolations(absl::InvalidArgumentError("level must be ERROR, WARNING, INFO or DEBUG"),
                                             {{"level", "no such level", "OUT_OF_RANGE"}}));
}

grpc::ServerUnaryReactor* ProcessService::Drain(grpc::CallbackServerContext* context,
                                                const service::v1::DrainRequest* /*request*/,
                                                service::v1::DrainResponse* /*response*/) {
  LogInfo("drain requested", {{"by", CallerOf(*context).principal}});
  StopSignal::Request();
  return Finish(context, absl::OkStatus());
}

}  // namespace culvert::daemon
