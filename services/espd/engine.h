// SPDX-License-Identifier: Apache-2.0
// Workers and control plane put together over the descriptors that the parent opened.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/unique_fd.h"
#include "services/espd/datapath.h"
#include "services/espd/latency_hold.h"
#include "services/espd/worker.h"

namespace culvert::espd {

struct EngineDescriptors {
  std::vector<base::UniqueFd> tun;   // a queue for each worker
  std::vector<base::UniqueFd> udp4;  // a socket of port 4500 for each worker, or none
  std::vector<base::UniqueFd> udp6;
  base::UniqueFd raw4, raw6;  // protocol 50; may be missing
  base::UniqueFd stray;       // datagrams to iked; may be missing
  base::UniqueFd latency;     // /dev/cpu_dma_latency; may be missing
};

class Engine {
 public:
  // FailedPrecondition: the descriptors do not fit each other.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(EngineDescriptors descriptors);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Starts the threads. `publish` gets what the workers noticed, on the engine's own thread; it must not block.
  void Start(std::function<void(const std::vector<Notice>&)> publish);

  Datapath& datapath() { return datapath_; }
  const SharedState& shared() const { return shared_; }
  bool raw_esp() const { return fds_.raw4.valid() || fds_.raw6.valid(); }

 private:
  explicit Engine(EngineDescriptors descriptors);
  void Attend(const std::function<void(const std::vector<Notice>&)>& publish);

  EngineDescriptors fds_;
  SharedState shared_;
  LatencyHold latency_;
  std::unique_ptr<CryptoBackend> crypto_ = NewBestBackend();
  base::SystemClock clock_;
  Datapath datapath_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace culvert::espd
