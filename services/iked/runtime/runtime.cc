// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/runtime.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/daemon/log.h"
#include "services/iked/runtime/view_messages.h"

namespace culvert::iked {
namespace {

constexpr size_t kTunnelsPerSlice = 128;

uint64_t RandomEpoch(base::Rng& rng) {
  uint64_t epoch = 0;
  rng.Fill({reinterpret_cast<uint8_t*>(&epoch), sizeof epoch});
  return epoch;
}

// Microseconds since the host booted: above every id of an earlier run, which made fewer than a million SAs a second,
// and SAs do not outlive the kernel that they were in.
uint64_t FirstId(const base::Clock& clock) {
  return static_cast<uint64_t>(absl::ToInt64Microseconds(clock.BootTime()));
}

}  // namespace

Runtime::Runtime(Surroundings surroundings, std::unique_ptr<EventLoop> loop)
    : clock_(surroundings.clock),
      loop_(std::move(loop)),
      events_(RandomEpoch(surroundings.rng)),
      engine_(surroundings.clock, surroundings.rng, FirstId(surroundings.clock)),
      workers_(std::make_unique<WorkerPool>(surroundings.workers)),
      sad_(*loop_, surroundings.sad, [this](Input input) { host_->Handle(std::move(input)); }),
      resolver_(*loop_, surroundings.fetchd, std::move(surroundings.probe),
                [this](Input input) { host_->Handle(std::move(input)); }),
      revocation_(*loop_, surroundings.clock, surroundings.rng, surroundings.fetchd),
      snapshots_(
          *loop_, *workers_, surroundings.configd, [this](Input input) { host_->Handle(std::move(input)); },
          [this](std::vector<std::string> resolvers) { resolver_.set_resolvers(std::move(resolvers)); }),
      host_(std::make_unique<EngineHost>(EngineHost::Parts{.loop = *loop_,
                                                           .clock = surroundings.clock,
                                                           .rng = surroundings.rng,
                                                           .engine = engine_,
                                                           .workers = *workers_,
                                                           .sas = sad_,
                                                           .paths = resolver_,
                                                           .revocation = revocation_,
                                                           .events = *this},
                                         std::move(surroundings.sockets), std::move(surroundings.strays))) {}

absl::StatusOr<std::unique_ptr<Runtime>> Runtime::Start(Surroundings surroundings) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Create(surroundings.clock));
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(surroundings), std::move(loop)));
  RETURN_IF_ERROR(runtime->host_->Start());
  runtime->sad_.Start();
  runtime->snapshots_.Start();
  runtime->thread_ = std::thread([loop = runtime->loop_.get()] { loop->Run(); });
  return runtime;
}

Runtime::~Runtime() {
  loop_->Stop();
  if (thread_.joinable()) thread_.join();
  workers_.reset();  // its work refers to the rest
}

void Runtime::OnEvent(std::shared_ptr<const Event> event) {
  lines_.Write(*event, clock_.Monotonic());
  ike::v1::Event message;
  ToProto(*event, &message);
  events_.Append(message.SerializeAsString());
}

void Runtime::Drain(absl::Duration limit) {
  auto done = std::make_shared<absl::Notification>();
  Command([](uint64_t request) { return iked::Drain{request}; },
          {.progress = {}, .done = [done](const CommandDone&) { done->Notify(); }});
  if (!done->WaitForNotificationWithTimeout(limit)) daemon::LogWarning("some peers did not confirm in time");
}

absl::StatusOr<std::vector<TunnelView>> Runtime::Tunnels(const std::string& name) {
  if (!name.empty()) return Ask([name](const EngineHost& host) { return host.engine().Tunnels(name); });
  ASSIGN_OR_RETURN(const std::shared_ptr<const EngineConfig> config,
                   Ask([this](const EngineHost&) { return snapshots_.running(); }));
  std::vector<TunnelView> all;
  if (config == nullptr) return all;
  all.reserve(config->tunnels.size());
  for (size_t begin = 0; begin < config->tunnels.size(); begin += kTunnelsPerSlice) {
    const size_t end = std::min(begin + kTunnelsPerSlice, config->tunnels.size());
    ASSIGN_OR_RETURN(std::vector<TunnelView> slice, Ask([&](const EngineHost& host) {
                       std::vector<TunnelView> views;
                       for (size_t i = begin; i < end; ++i) {
                         for (TunnelView& view : host.engine().Tunnels(config->tunnels[i]->name)) {
                           views.push_back(std::move(view));
                         }
                       }
                       return views;
                     }));
    std::move(slice.begin(), slice.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace culvert::iked
