// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/snapshot.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/subnet_change.h"
#include "services/iked/engine/teardown.h"

namespace culvert::iked {
namespace {

void EndRequests(Core& core, Tunnel& tunnel) {
  for (const uint64_t request : std::exchange(tunnel.requests, {})) {
    core.Emit(CommandDone{.request = request, .status = absl::AbortedError("the tunnel's configuration has changed")});
  }
}

void AddTunnel(Core& core, std::shared_ptr<const TunnelConfig> config) {
  auto tunnel = std::make_unique<Tunnel>();
  tunnel->number = core.NextSerial();
  tunnel->config = std::move(config);
  core.InsertTunnel(std::move(tunnel));
}

// The peer hears a Delete, whatever has changed: what was negotiated no longer holds.
void Change(Core& core, Tunnel& tunnel, std::shared_ptr<const TunnelConfig> config) {
  const bool was_enabled = tunnel.config->enabled;
  core.index.Remove(tunnel);
  StopAttempt(core, tunnel);
  EndRequests(core, tunnel);
  CloseTunnel(core, tunnel, config->enabled ? "Its configuration has changed." : "The tunnel was disabled.");
  tunnel.config = std::move(config);
  tunnel.removed = false;
  tunnel.resolved.clear();
  tunnel.per_pair = tunnel.parked = tunnel.restart = tunnel.acquired = tunnel.renew = false;
  tunnel.operator_up = tunnel.operator_up && tunnel.config->enabled;  // disabled, it is forgotten
  tunnel.operator_down = tunnel.operator_down && was_enabled && !tunnel.config->enabled;
  tunnel.attempts = 0;
  tunnel.failure = TunnelReason::kNone;
  tunnel.diagnosis = nullptr;
  core.index.Add(tunnel);
}

void Remove(Core& core, Tunnel& tunnel) {
  if (tunnel.removed) return;
  tunnel.removed = true;
  core.index.Remove(tunnel);
  StopAttempt(core, tunnel);
  EndRequests(core, tunnel);
  CloseTunnel(core, tunnel, "The tunnel was removed.");
}

// Unchanged, but what failed before may work with the new secrets.
void Keep(Core& core, Tunnel& tunnel, std::shared_ptr<const TunnelConfig> config) {
  tunnel.config = std::move(config);
  for (const uint64_t spi : tunnel.ike_sas) {
    if (IkeSa* sa = core.FindIkeSa(spi)) sa->config = tunnel.config;
  }
  if (tunnel.backing_off() && tunnel.failure == TunnelReason::kNoSecret) StopAttempt(core, tunnel);
}

// Running SAs stay with the certificate that they were made with: nothing of them depends on it any more.
void AnnounceReplaced(Core& core, const Certificates& before, const Certificates& after) {
  for (const CertificateConfig& next : after.list) {
    for (const CertificateConfig& old : before.list) {
      if (old.name != next.name || std::ranges::equal(old.certificate->der(), next.certificate->der())) continue;
      Announce(core, EventType::kConfiguration, nullptr,
               absl::StrCat("Certificate ", next.name, " was replaced; the next IKE SA uses it."));
    }
  }
}

}  // namespace

void OnSnapshot(Core& core, std::shared_ptr<const EngineConfig> config) {
  if (core.config != nullptr) AnnounceReplaced(core, core.config->certificates, config->certificates);
  core.config = std::move(config);
  for (const PoolConfig& pool : core.config->pools) core.pools[pool.name].SetRanges(pool.ranges);
  absl::flat_hash_set<absl::string_view> names;
  for (const std::shared_ptr<const TunnelConfig>& next : core.config->tunnels) {
    names.insert(next->name);
    const auto it = core.tunnels.find(next->name);
    if (it == core.tunnels.end()) {
      AddTunnel(core, next);
    } else if (it->second->config->digest != next->digest || it->second->removed) {
      if (!ChangeSubnets(core, *it->second, next)) Change(core, *it->second, next);
    } else {
      Keep(core, *it->second, next);
    }
  }
  for (const auto& [name, tunnel] : core.tunnels) {
    if (!names.contains(name)) Remove(core, *tunnel);
    core.Touch(*tunnel);
  }
  Announce(core, EventType::kConfiguration, nullptr,
           absl::StrCat("Configuration generation ", core.config->generation, " runs."));
}

}  // namespace culvert::iked
