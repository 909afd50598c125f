// SPDX-License-Identifier: Apache-2.0
#include "services/culvertd/start_up.h"

#include <systemd/sd-daemon.h>

#include "absl/strings/str_join.h"
#include "libs/daemon/log.h"
#include "libs/daemon/status.h"
#include "services/culvertd/first_configuration.h"

namespace culvert::culvertd {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

void StartUp::Run() {
  const auto stopping = [this] { return stopping_.load(); };
  const std::vector<std::string> silent = WaitUntilServing(options_.processes, kPatience, stopping);
  if (stopping()) return;
  if (!silent.empty()) daemon::LogWarning("processes do not serve yet", {{"names", absl::StrJoin(silent, ",")}});
  if (options_.configuration) Apply(*options_.configuration);
  daemon::LogInfo("gateway is up", {{"datapath", options_.datapath},
                                    {"workers", options_.workers},
                                    {"udp_ports", "500,4500"},
                                    {"ipv6", options_.ipv6},
                                    {"api", options_.api},
                                    {"metrics", options_.metrics},
                                    {"processes", options_.processes.size() - silent.size()}});
  sd_notify(/*unset_environment=*/0, "READY=1");
}

void StartUp::Apply(const config::v1::ApplyRequest& request) {
  const auto applied = ApplyConfiguration(options_.config_socket, request, kPatience);
  if (applied.ok()) {
    daemon::LogInfo(applied->unchanged() ? "configuration file is the one applied last" : "configuration file applied",
                    {{"revision", applied->revision()}, {"problems", applied->problems_size()}});
    return;
  }
  // The gateway runs on with the revision it has: a mistake in a file must not take tunnels down at a reboot.
  for (const daemon::FieldViolation& violation : daemon::FieldViolationsOf(applied.status())) {
    daemon::LogError("configuration file refused",
                     {{"field", violation.field}, {"code", violation.reason}, {"why", violation.description}});
  }
  daemon::LogError("configuration file not applied; the stored revision runs on", {{"error", applied.status()}});
}

}  // namespace culvert::culvertd
