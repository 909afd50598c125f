// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/failback.h"

#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

void TryAgainLater(Core& core, const Tunnel& tunnel) {
  core.Arm(TimerKind::kFailback, tunnel.number,
           core.clock.Monotonic() + core.Jittered(tunnel.config->failback, kBackoffJitter));
}

}  // namespace

void SettleOnEndpoint(Core& core, IkeSa& sa) {
  Tunnel& tunnel = *sa.tunnel;
  if (!sa.live()) return;  // another IKE SA of the same peer took over
  if (tunnel.next_candidate == 0 || tunnel.next_candidate > tunnel.candidates.size()) return;
  tunnel.endpoint = tunnel.candidates[tunnel.next_candidate - 1].endpoint;
  if (tunnel.failing_back) {
    tunnel.failing_back = false;
    const std::vector<uint64_t> spis = tunnel.ike_sas;  // closing changes the list
    for (const uint64_t spi : spis) {
      IkeSa* other = core.FindIkeSa(spi);
      if (other != nullptr && other != &sa) CloseIkeSa(core, *other, "An earlier endpoint answers again (failback).");
    }
  }
  if (tunnel.endpoint > 0 && tunnel.config->failback > absl::ZeroDuration()) TryAgainLater(core, tunnel);
}

void OnFailback(Core& core, uint64_t tunnel_number) {
  Tunnel* tunnel = core.FindTunnel(tunnel_number);
  if (tunnel == nullptr || tunnel->removed || core.draining || tunnel->endpoint == 0) return;
  if (tunnel->endpoint >= tunnel->config->remote_endpoints.size()) return;  // another configuration meanwhile
  // Down, or on its way: the ordinary attempt begins with the first endpoint anyway.
  if (tunnel->state != TunnelState::kUp && tunnel->state != TunnelState::kPartial) return;
  if (tunnel->attempt != 0 || tunnel->connecting != 0) return TryAgainLater(core, *tunnel);
  tunnel->failing_back = true;
  StartAttempt(core, *tunnel, tunnel->endpoint);
}

bool FailbackFailed(Core& core, Tunnel& tunnel) {
  if (!tunnel.failing_back) return false;
  tunnel.failing_back = false;
  tunnel.candidates.clear();
  TryAgainLater(core, tunnel);
  core.Touch(tunnel);
  return true;
}

}  // namespace culvert::iked
