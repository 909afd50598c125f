// SPDX-License-Identifier: Apache-2.0
#include <prometheus/exposer.h>

#include <exception>
#include <memory>
#include <string>

#include "libs/daemon/channel.h"
#include "libs/daemon/log.h"
#include "libs/daemon/program.h"
#include "libs/daemon/serve.h"
#include "services/metricsd/collector.h"

using namespace culvert;

int main(int argc, char** argv) {
  daemon::Program program("metricsd", "shows Prometheus what the other processes count");
  std::string address = "127.0.0.1:9560";
  std::string detail = "normal";
  program.Option("--metrics-address", &address, "Where Prometheus scrapes /metrics: ADDRESS:PORT, [IPV6]:PORT");
  program.Choice("--metrics-detail", &detail, {"normal", "full"},
                 "full adds the series that are zero and rarely of use");
  if (auto code = program.Start(argc, argv)) return *code;

  const metricsd::SourceChannels channels = {
      .configd = daemon::UnixChannel(program.SocketOf("configd")),
      .culvertd = daemon::UnixChannel(program.SocketOf("culvertd")),
      .iked = daemon::UnixChannel(program.SocketOf("iked")),
      .sad = daemon::UnixChannel(program.SocketOf("sad")),
  };
  const auto collector = std::make_shared<metricsd::Collector>(
      channels, detail == "full" ? metricsd::Detail::kFull : metricsd::Detail::kNormal);
  std::unique_ptr<prometheus::Exposer> exposer;
  try {  // CivetWeb's C++ face reports by exception
    exposer = std::make_unique<prometheus::Exposer>(address);
    exposer->RegisterCollectable(collector);
  } catch (const std::exception& error) {
    daemon::LogError("cannot listen for scrapes", {{"address", address}, {"error", error.what()}});
    return 1;
  }
  daemon::LogInfo("answering scrapes", {{"address", address}});
  return daemon::RunService(program, {});
}
