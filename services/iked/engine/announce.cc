// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/announce.h"

#include "absl/strings/str_cat.h"
#include "services/iked/engine/views.h"

namespace culvert::iked {
namespace {

Event Make(const Core& core, EventType type, const Tunnel* tunnel, std::string message) {
  Event event;
  event.type = type;
  event.time = core.clock.Wall();
  if (tunnel != nullptr) event.tunnel = tunnel->name();
  event.message = std::move(message);
  return event;
}

void Emit(Core& core, Event event) {
  core.Emit(Publish{std::make_shared<const Event>(std::move(event))});
}

}  // namespace

Circumstance At(const Core& core, const IkeSa& sa, Phase phase, Side side) {
  return {sa.tunnel == nullptr ? "" : sa.tunnel->name(), sa.remote.ToString(), phase, side, core.clock.Wall()};
}

Circumstance At(const Core& core, const Tunnel& tunnel, Phase phase) {
  return {tunnel.name(), "", phase, Side::kInitiator, core.clock.Wall()};
}

void Report(Core& core, Tunnel* tunnel, Diagnosis diagnosis) {
  Event event = Make(core, diagnosis.code == DiagnosisCode::kNarrowed ? EventType::kNarrowed : EventType::kDiagnosis,
                     tunnel, diagnosis.summary);
  if (tunnel != nullptr) {
    const auto shared = std::make_shared<const Diagnosis>(diagnosis);
    tunnel->diagnosis = shared;
    tunnel->history.insert(tunnel->history.begin(), shared);
    if (tunnel->history.size() > kDiagnosisHistory) tunnel->history.pop_back();
  } else if (!core.notices.Allow(core.clock.Monotonic())) {
    return;
  }
  event.diagnosis = std::move(diagnosis);
  Emit(core, std::move(event));
}

void Announce(Core& core, EventType type, const IkeSa& sa, std::string message) {
  Event event = Make(core, type, sa.tunnel, std::move(message));
  event.ike_sa = ViewOf(core, sa);
  Emit(core, std::move(event));
}

void Announce(Core& core, EventType type, const IkeSa& sa, const ChildSa& child, std::string message) {
  Event event = Make(core, type, sa.tunnel, std::move(message));
  event.child_sa = ViewOf(core, sa, child);
  Emit(core, std::move(event));
}

void AnnounceState(Core& core, const Tunnel& tunnel) {
  Event event = Make(core, EventType::kTunnelState, &tunnel, tunnel.detail);
  event.tunnel_state = ViewOf(core, tunnel);
  Emit(core, std::move(event));
}

void Announce(Core& core, EventType type, const Tunnel* tunnel, std::string message) {
  Emit(core, Make(core, type, tunnel, std::move(message)));
}

void Tell(Core& core, const Tunnel& tunnel, const std::string& message) {
  for (const uint64_t request : tunnel.requests) core.Emit(Progress{request, message, TunnelState::kConnecting});
}

}  // namespace culvert::iked
