// SPDX-License-Identifier: Apache-2.0
// What follows the start of the processes, beside the loop that watches them: wait until they serve, apply the file of
// --config, tell the operator and systemd.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "culvert/config/v1/config_service.pb.h"
#include "services/culvertd/readiness.h"

namespace culvert::culvertd {

struct StartUpOptions {
  std::vector<Watched> processes;
  std::string config_socket;
  std::optional<config::v1::ApplyRequest> configuration;
  std::string datapath, api, metrics;  // for the summary
  int workers = 0;
  bool ipv6 = false;
};

class StartUp {
 public:
  explicit StartUp(StartUpOptions options) : options_(std::move(options)), thread_([this] { Run(); }) {}
  ~StartUp() {
    stopping_ = true;
    thread_.join();
  }

 private:
  void Run();
  void Apply(const config::v1::ApplyRequest& request);

  const StartUpOptions options_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace culvert::culvertd
