// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/commands.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

void Done(Core& core, uint64_t request, absl::Status status, Closed count = {}) {
  core.Emit(CommandDone{
      .request = request, .status = std::move(status), .ike_sas = count.ike_sas, .child_sas = count.child_sas});
}

Tunnel* FindOrRefuse(Core& core, uint64_t request, const std::string& name) {
  const auto it = core.tunnels.find(name);
  if (it != core.tunnels.end() && !it->second->removed) return it->second.get();
  Done(core, request, absl::NotFoundError(absl::StrCat("no tunnel named ", name)));
  return nullptr;
}

absl::Status MayInitiate(const Core& core, const Tunnel& tunnel) {
  const auto refuse = [&](absl::string_view field, absl::string_view why) {
    return absl::FailedPreconditionError(absl::StrCat("tunnels[", tunnel.name(), "].", field, why));
  };
  const TunnelConfig& config = *tunnel.config;
  if (!config.enabled) return refuse("enabled", " is false: set it to true and apply it");
  if (const absl::string_view what = Unsupported(config); !what.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("not supported yet: ", what));
  }
  if (config.serves_any_peer()) return refuse("remote.endpoint", " is any: such a peer must call us");
  if (core.draining) return absl::FailedPreconditionError("the daemon is draining");
  const std::optional<TunnelReason> obstacle = Obstacle(core, tunnel);
  if (obstacle == TunnelReason::kLocalAddressMissing) {
    return refuse("local.address", absl::StrCat(" ", config.local_address.ToString(), " is not on this host"));
  }
  if (obstacle) return absl::FailedPreconditionError("the datapath is not there: see the log of sad");
  return absl::OkStatus();
}

bool IsCarried(const Tunnel& tunnel) {
  return tunnel.state == TunnelState::kUp;
}

}  // namespace

void OnInitiate(Core& core, const Initiate& command) {
  Tunnel* tunnel = FindOrRefuse(core, command.request, command.tunnel);
  if (tunnel == nullptr) return;
  tunnel->operator_down = false;
  if (absl::Status status = MayInitiate(core, *tunnel); !status.ok()) {
    core.Touch(*tunnel);
    return Done(core, command.request, std::move(status));
  }
  tunnel->operator_up = true;
  tunnel->parked = false;
  core.Touch(*tunnel);
  if (IsCarried(*tunnel)) return Done(core, command.request, absl::OkStatus());
  tunnel->requests.push_back(command.request);
  if (tunnel->backing_off()) StopAttempt(core, *tunnel);  // an operator does not wait for a timer
}

void OnTerminate(Core& core, const Terminate& command) {
  Tunnel* tunnel = FindOrRefuse(core, command.request, command.tunnel);
  if (tunnel == nullptr) return;
  core.Touch(*tunnel);
  if (command.part == Part::kChild) {
    Closed closed;
    for (const uint64_t spi : tunnel->ike_sas) {
      IkeSa* sa = core.FindIkeSa(spi);
      if (sa == nullptr || !sa->live()) continue;
      std::vector<Task> tasks;  // in IKEv1 they go at once
      for (const std::unique_ptr<ChildSa>& child : sa->children) tasks.push_back({Story::kDeleteChild, child->id});
      closed.child_sas += static_cast<uint32_t>(tasks.size());
      for (const Task& task : tasks) Enqueue(core, *sa, task);
    }
    return Done(core, command.request, absl::OkStatus(), closed);
  }
  if (command.part == Part::kAll) {
    tunnel->operator_down = true;
    tunnel->operator_up = tunnel->acquired = tunnel->restart = false;
    StopAttempt(core, *tunnel);
    for (const uint64_t request : std::exchange(tunnel->requests, {})) {
      Done(core, request, absl::AbortedError("an operator took the tunnel down"));
    }
  }
  Done(core, command.request, absl::OkStatus(), CloseTunnel(core, *tunnel, "An operator took it down."));
}

void OnRekey(Core& core, const Rekey& command) {
  Tunnel* tunnel = FindOrRefuse(core, command.request, command.tunnel);
  if (tunnel == nullptr) return;
  Closed asked;
  for (const uint64_t spi : tunnel->ike_sas) {
    IkeSa* sa = core.FindIkeSa(spi);
    if (sa == nullptr || !sa->live()) continue;
    std::vector<Task> tasks;
    if (command.part != Part::kChild) tasks.push_back({Story::kRekeyIke});
    asked.ike_sas += static_cast<uint32_t>(tasks.size());
    for (const std::unique_ptr<ChildSa>& child : sa->children) {
      if (command.part == Part::kIke || child->state != ChildState::kInstalled) continue;
      tasks.push_back({Story::kRekeyChild, child->id});
      ++asked.child_sas;
    }
    for (const Task& task : tasks) Enqueue(core, *sa, task);
  }
  const bool none = asked.ike_sas + asked.child_sas == 0;
  Done(core, command.request, none ? absl::FailedPreconditionError("the tunnel is down") : absl::OkStatus(), asked);
}

void OnDrain(Core& core, const Drain& command) {
  core.draining = command.request;
  for (const auto& [name, tunnel] : core.tunnels) {
    StopAttempt(core, *tunnel);
    CloseTunnel(core, *tunnel, "The daemon is draining.");
  }
  core.Arm(TimerKind::kDrain, 0, core.clock.Monotonic() + kDrainTimeout);
}

void FinishDrain(Core& core, bool overdue) {
  const bool idle = std::all_of(core.tunnels.begin(), core.tunnels.end(),
                                [](const auto& entry) { return entry.second->ike_sas.empty(); });
  if (!core.draining || *core.draining == 0 || (!idle && !overdue)) return;
  Done(core, *core.draining, idle ? absl::OkStatus() : absl::DeadlineExceededError("some peers did not answer"));
  core.draining = 0;  // answered, and draining still
  core.Cancel(TimerKind::kDrain, 0);
}

}  // namespace culvert::iked
