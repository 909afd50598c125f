// SPDX-License-Identifier: Apache-2.0
#include "cli/culvertctl/version.h"

#include "absl/strings/str_cat.h"
#include "culvert/service/v1/service.grpc.pb.h"
#include "libs/daemon/program.h"

namespace culvert::ctl {
namespace {

using service::v1::GetBuildInfoResponse;
using service::v1::ProcessService;

absl::StatusOr<GetBuildInfoResponse> DaemonBuild(const absl::StatusOr<Client>& client) {
  if (!client.ok()) return client.status();
  return client->Call(&ProcessService::Stub::GetBuildInfo, service::v1::GetBuildInfoRequest::default_instance());
}

std::string Line(absl::string_view program, absl::string_view version, absl::string_view revision,
                 absl::string_view compiler) {
  return absl::StrCat(program, " ", version, " (", revision, ", ", compiler, ")\n");
}

}  // namespace

std::string OwnVersion() {
  const daemon::BuildInfo own = daemon::GetBuildInfo();
  return Line("culvertctl", own.version, own.revision, own.compiler);
}

ExitCode Version(Printer& printer, const absl::StatusOr<Client>& client) {
  const auto daemon = DaemonBuild(client);
  if (printer.json()) {
    const daemon::BuildInfo own = daemon::GetBuildInfo();
    GetBuildInfoResponse mine;
    mine.set_process("culvertctl");
    mine.set_version(std::string(own.version));
    mine.set_revision(std::string(own.revision));
    mine.set_compiler(std::string(own.compiler));
    printer.JsonLine(mine);
    if (daemon.ok()) printer.JsonLine(*daemon);
    return kDone;
  }
  printer.Text(OwnVersion());
  if (daemon.ok()) {
    printer.Text(Line(daemon->process(), daemon->version(), daemon->revision(), daemon->compiler()));
  } else {
    printer.Text(absl::StrCat("no daemon: ", daemon.status().message(), "\n"));
  }
  return kDone;
}

}  // namespace culvert::ctl
