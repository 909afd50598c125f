// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/unanswered.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/reconciler.h"

namespace culvert::iked {
namespace {

// With more tunnels than this, who else could have called is no longer worth a list.
constexpr size_t kFewTunnels = 8;

std::vector<const Tunnel*> FewAnswering(const Core& core) {
  std::vector<const Tunnel*> answering;
  if (core.tunnels.size() > kFewTunnels) return answering;
  for (const auto& [name, tunnel] : core.tunnels) {
    if (Answers(*tunnel)) answering.push_back(tunnel.get());
  }
  std::sort(answering.begin(), answering.end(), [](const Tunnel* a, const Tunnel* b) { return a->number < b->number; });
  return answering;
}

// Why a tunnel that names these addresses keeps silent.
Diagnosis WhySilent(const Circumstance& here, const Tunnel& tunnel) {
  if (!tunnel.config->enabled) return TunnelDisabled(here);
  if (tunnel.operator_down) return TunnelHeldDown(here, /*by_operator=*/true);
  if (const absl::string_view what = Unsupported(*tunnel.config); !what.empty()) {
    return NotSupported(here, "ike.version", what);
  }
  return TunnelHeldDown(here, /*by_operator=*/false);
}

// The only tunnel that answers a caller between these addresses; empty where there are several, or none.
std::string OnlyAnswering(const Core& core, const base::Endpoint& local, const base::Endpoint& remote) {
  std::vector<Tunnel*> candidates = core.index.Candidates(local.address, remote.address);
  std::erase_if(candidates, [](const Tunnel* tunnel) { return !Answers(*tunnel); });
  return candidates.size() == 1 ? candidates.front()->name() : "";
}

void Tell(Core& core, Diagnosis diagnosis) {
  const auto it = core.tunnels.find(diagnosis.tunnel);
  Tunnel* tunnel = it == core.tunnels.end() ? nullptr : it->second.get();
  // A tunnel that works keeps its clean slate, whoever else knocks.
  if (tunnel != nullptr && tunnel->state == TunnelState::kUp) tunnel = nullptr;
  if (tunnel != nullptr && !core.notices.Allow(core.clock.Monotonic())) return;
  Report(core, tunnel, std::move(diagnosis));
}

}  // namespace

Diagnosis WhyNobodyAnswers(const Core& core, Circumstance here, const base::Endpoint& local,
                           const base::Endpoint& remote) {
  std::vector<Tunnel*> silent = core.index.Candidates(local.address, remote.address);
  std::erase_if(silent, [](const Tunnel* tunnel) { return Answers(*tunnel); });
  if (!silent.empty()) {
    here.tunnel = silent.front()->name();
    return WhySilent(here, *silent.front());
  }
  const std::vector<Tunnel*> named = core.index.Named(remote.address);
  if (!named.empty()) {
    here.tunnel = named.front()->name();
    return WrongLocalAddress(here, named.front()->config->local_address.ToString(), local.address.ToString());
  }
  std::vector<std::string> known;
  const std::vector<const Tunnel*> answering = FewAnswering(core);
  for (const Tunnel* tunnel : answering) {
    for (const std::string& endpoint : tunnel->config->remote_endpoints) {
      known.push_back(absl::StrCat(endpoint, " (", tunnel->name(), ")"));
    }
  }
  if (answering.size() == 1) here.tunnel = answering.front()->name();
  return NoTunnelForPeer(here, local.address.ToString(), known);
}

void ReportRefusal(Core& core, Diagnosis diagnosis) {
  core.counters.Add("ipsec_ike_handshakes_total", {diagnosis.tunnel, "responder", "failed", Name(diagnosis.code)});
  Tell(core, std::move(diagnosis));
}

void ReportFellSilent(Core& core, const IkeSa& sa) {
  const ikev1::Phase1* const phase1 = sa.ikev1 == nullptr ? nullptr : sa.ikev1->phase1.get();
  if (phase1 != nullptr && phase1->noise) return;  // it was told why
  Circumstance here = phase1 != nullptr ? ikev1::Here(core, sa) : At(core, sa, Phase::kIkeAuth, Side::kResponder);
  here.tunnel = OnlyAnswering(core, sa.local, sa.init_remote);
  Tell(core, PeerFellSilent(here));
}

void ReportOldVersion(Core& core, const base::Endpoint& local, const base::Endpoint& remote, int version) {
  const Circumstance here{OnlyAnswering(core, local, remote), remote.ToString(), Phase::kIkeSaInit, Side::kResponder,
                          core.clock.Wall()};
  Tell(core, VersionMismatch(here, version));
}

}  // namespace culvert::iked
