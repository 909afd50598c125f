// SPDX-License-Identifier: Apache-2.0
#include "services/espd/engine.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/espd/tun_device.h"

namespace culvert::espd {
namespace {

constexpr absl::Duration kBusyTick = absl::Milliseconds(20);   // while the latency hold may end
constexpr absl::Duration kIdleTick = absl::Milliseconds(200);  // retirements and reclamation

int At(const std::vector<base::UniqueFd>& fds, size_t index) {
  return fds.empty() ? -1 : fds[index].get();
}

}  // namespace

Engine::Engine(EngineDescriptors descriptors)
    : fds_(std::move(descriptors)),
      shared_(static_cast<int>(fds_.tun.size())),
      latency_(std::move(fds_.latency)),
      datapath_(shared_, *crypto_, clock_) {}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(EngineDescriptors descriptors) {
  const size_t workers = descriptors.tun.size();
  if (workers == 0) return absl::FailedPreconditionError("no TUN queue was handed over");
  if (descriptors.udp4.empty() && descriptors.udp6.empty()) {
    return absl::FailedPreconditionError("no socket of port 4500 was handed over");
  }
  for (const auto* group : {&descriptors.udp4, &descriptors.udp6}) {
    if (!group->empty() && group->size() != workers) {
      return absl::FailedPreconditionError(
          absl::StrCat(group->size(), " sockets of port 4500 for ", workers, " TUN queues"));
    }
  }
  ASSIGN_OR_RETURN(const TunOffloads offloads, EnableTunOffloads(descriptors.tun[0].get()));
  std::unique_ptr<Engine> engine(new Engine(std::move(descriptors)));
  const EngineDescriptors& fds = engine->fds_;
  for (size_t i = 0; i < workers; ++i) {
    const WorkerOptions options = {.index = static_cast<int>(i),
                                   .tun = fds.tun[i].get(),
                                   .sockets = {At(fds.udp4, i), At(fds.udp6, i), fds.raw4.get(), fds.raw6.get()},
                                   .reads_raw = i == 0,
                                   .stray = fds.stray.get(),
                                   .merge_udp = offloads.udp_segmentation};
    ASSIGN_OR_RETURN(std::unique_ptr<Worker> worker, Worker::Create(engine->shared_, engine->latency_, options));
    engine->workers_.push_back(std::move(worker));
  }
  return engine;
}

void Engine::Start(std::function<void(const std::vector<Notice>&)> publish) {
  for (const std::unique_ptr<Worker>& worker : workers_) threads_.emplace_back([&w = *worker] { w.Run(); });
  threads_.emplace_back([this, publish = std::move(publish)] { Attend(publish); });
}

void Engine::Attend(const std::function<void(const std::vector<Notice>&)>& publish) {
  while (!stop_) {
    const bool busy = latency_.Relax(absl::ToInt64Milliseconds(clock_.BootTime()));
    publish(datapath_.Poll(busy ? kBusyTick : kIdleTick));
  }
}

Engine::~Engine() {
  stop_ = true;
  SharedState::Signal(shared_.news);
  for (const std::unique_ptr<Worker>& worker : workers_) worker->Stop();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace culvert::espd
