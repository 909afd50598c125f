// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/tunnel_state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/reconciler.h"

namespace culvert::iked {
namespace {

struct Shown {
  TunnelState state;
  TunnelReason reason;
  std::string detail;
};

// Of the networks behind a tunnel for any peer, each peer has its own.
bool Carried(const IkeSa& sa, const ipsec::TrafficSelector& local, const ipsec::TrafficSelector& remote) {
  const bool any_peer = sa.tunnel->config->serves_any_peer();
  return std::any_of(sa.children.begin(), sa.children.end(), [&](const std::unique_ptr<ChildSa>& child) {
    return child->carries() && ipsec::Covers(child->local, {&local, 1}) &&
           (any_peer || ipsec::Covers(child->remote, {&remote, 1}));
  });
}

std::string BlockedDetail(const Core& core, const Tunnel& tunnel, TunnelReason reason) {
  switch (reason) {
    case TunnelReason::kNotSupported:
      return absl::StrCat("Not supported yet: ", Unsupported(*tunnel.config), ".");
    case TunnelReason::kLocalAddressMissing:
      return absl::StrCat("The local address ", tunnel.config->local_address.ToString(), " is not on this host.");
    case TunnelReason::kDatapathUnavailable:
      return core.datapath ? "No SPI is leased yet." : "The datapath is not there.";
    default:
      return {};
  }
}

// Waiting is what is left when nothing is under way.
Shown Waiting(const Tunnel& tunnel) {
  if (tunnel.operator_down) return {TunnelState::kIdle, TunnelReason::kOperatorDown, "An operator took it down."};
  if (tunnel.config->startup == Startup::kIgnore && !tunnel.operator_up) {
    return {TunnelState::kIdle, TunnelReason::kStartupIgnore, "It waits for an operator (startup IGNORE)."};
  }
  const std::string detail = tunnel.diagnosis == nullptr ? "" : tunnel.diagnosis->summary;
  const bool routed =
      tunnel.config->startup == Startup::kRoute || (tunnel.parked && tunnel.config->dpd.action == DpdAction::kTrap);
  return {routed ? TunnelState::kRouted : TunnelState::kIdle, tunnel.failure, detail};
}

Shown Derive(const Core& core, const Tunnel& tunnel) {
  const bool off = !tunnel.config->enabled || tunnel.removed;
  if (off) {
    return tunnel.ike_sas.empty() ? Shown{TunnelState::kDisabled, TunnelReason::kNone, ""}
                                  : Shown{TunnelState::kClosing, TunnelReason::kNone, "Its SAs are being deleted."};
  }
  if (tunnel.carried_whole != 0) return {TunnelState::kUp, TunnelReason::kNone, ""};
  if (tunnel.carried_in_part != 0) {
    return {TunnelState::kPartial, TunnelReason::kNone,
            tunnel.diagnosis == nullptr ? "Some subnet pairs are not carried." : tunnel.diagnosis->summary};
  }
  if (const auto obstacle = Obstacle(core, tunnel); obstacle && tunnel.ike_sas.empty()) {
    return {TunnelState::kBlocked, *obstacle, BlockedDetail(core, tunnel, *obstacle)};
  }
  if (tunnel.attempt != 0 || tunnel.connecting != 0) {
    return {TunnelState::kConnecting, tunnel.failure, tunnel.diagnosis == nullptr ? "" : tunnel.diagnosis->summary};
  }
  if (tunnel.backing_off()) {
    return {TunnelState::kBackoff, tunnel.failure, tunnel.diagnosis == nullptr ? "" : tunnel.diagnosis->summary};
  }
  const auto state_is = [&](IkeState state) {
    return std::any_of(tunnel.ike_sas.begin(), tunnel.ike_sas.end(), [&](uint64_t spi) {
      const IkeSa* sa = core.FindIkeSa(spi);
      return sa != nullptr && sa->state == state;
    });
  };
  if (state_is(IkeState::kDeleting)) return {TunnelState::kClosing, tunnel.failure, "Its SAs are being deleted."};
  if (state_is(IkeState::kEstablishing)) return {TunnelState::kConnecting, TunnelReason::kNone, ""};
  if (state_is(IkeState::kEstablished)) {
    for (const uint64_t spi : tunnel.ike_sas) {
      const IkeSa* sa = core.FindIkeSa(spi);
      if (sa != nullptr && (sa->own != nullptr || !sa->queue.empty() || !sa->children.empty())) {
        return {TunnelState::kConnecting, TunnelReason::kNone, ""};
      }
    }
  }
  return Waiting(tunnel);
}

void EndWaiting(Core& core, Tunnel& tunnel) {
  tunnel.acquired = tunnel.restart = tunnel.parked = false;
  tunnel.failure = TunnelReason::kNone;
  if (tunnel.state == TunnelState::kUp && !tunnel.renew) {
    tunnel.attempts = 0;
    tunnel.diagnosis = nullptr;
  }
  for (const uint64_t request : std::exchange(tunnel.requests, {})) {
    core.Emit(CommandDone{.request = request, .status = absl::OkStatus(), .diagnosis = tunnel.diagnosis});
  }
}

}  // namespace

Coverage CoverageOf(const Tunnel& tunnel, const IkeSa& sa) {
  const bool any = std::any_of(sa.children.begin(), sa.children.end(),
                               [](const std::unique_ptr<ChildSa>& child) { return child->carries(); });
  if (!any) return Coverage::kNone;
  for (const SubnetPair& pair : PairsOf(tunnel, sa)) {
    for (const ipsec::TrafficSelector& local : pair.local) {
      for (const ipsec::TrafficSelector& remote : pair.remote) {
        if (local.family() == remote.family() && !Carried(sa, local, remote)) return Coverage::kSome;
      }
    }
  }
  return Coverage::kAll;
}

void ShowState(Core& core, Tunnel& tunnel) {
  Shown shown = Derive(core, tunnel);
  const bool same = shown.state == tunnel.state && shown.reason == tunnel.reason && shown.detail == tunnel.detail;
  if (shown.state != tunnel.state || tunnel.since == absl::Time()) tunnel.since = core.clock.Wall();
  tunnel.state = shown.state;
  tunnel.reason = shown.reason;
  tunnel.detail = std::move(shown.detail);
  if (tunnel.state == TunnelState::kUp || tunnel.state == TunnelState::kPartial) EndWaiting(core, tunnel);
  if (!same) AnnounceState(core, tunnel);
}

}  // namespace culvert::iked
