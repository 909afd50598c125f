// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/succession.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/lifetime.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/path.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"

namespace culvert::iked {

IkeSa& MakeSuccessor(Core& core, const IkeSa& old, const IkeNegotiation& negotiation, std::unique_ptr<IkeCrypto> crypto,
                     bool initiator) {
  IkeSa& fresh = core.CreateIkeSa(initiator, negotiation.local_spi);
  fresh.remote_spi = negotiation.remote_spi;
  fresh.dialed = old.dialed;
  fresh.childless = old.childless;
  fresh.ppk = old.ppk;
  core.BindTunnel(fresh, *old.tunnel);
  fresh.config = old.config;
  fresh.local = old.local;
  fresh.remote = old.remote;
  fresh.init_remote = old.init_remote;
  fresh.nat_port = old.nat_port;
  fresh.nat = old.nat;
  fresh.fragmentation = old.fragmentation;
  fresh.crash_token = negotiation.crash_token;
  fresh.local_id = old.local_id;
  fresh.remote_id = old.remote_id;
  fresh.last_in = old.last_in;
  fresh.crypto = std::move(crypto);
  fresh.replaces = old.local_spi;
  fresh.lowest_nonce = std::min(negotiation.own_nonce, negotiation.peer_nonce);
  core.SetState(fresh, IkeState::kCrossed);
  return fresh;
}

void TakeOver(Core& core, IkeSa& old, IkeSa& successor) {
  successor.mobike = std::move(old.mobike);
  successor.virtual_ips = std::move(old.virtual_ips);
  core.MoveChildren(old, successor);
  core.SetState(successor, IkeState::kEstablished);
  core.RegisterPeer(successor);
  BeginIkeLife(core, successor);
  if (successor.config->dpd.enabled) WatchLiveness(core, successor);
  if (successor.nat.local) KeepNatAlive(core, successor);
  successor.queue = std::exchange(old.queue, {});
  successor.queue.insert(successor.queue.end(), old.postponed.begin(), old.postponed.end());
  old.postponed.clear();
  std::erase_if(successor.queue, [](const Task& task) { return task.story == Story::kRekeyIke; });
  if (successor.initiator) successor.queue.push_back({Story::kCrashToken});  // the answer to our rekey had the peer's
  for (const TimerKind kind : {TimerKind::kIkeRekey, TimerKind::kIkeExpire, TimerKind::kLiveness, TimerKind::kKeepalive,
                               TimerKind::kTaskRetry}) {
    core.Cancel(kind, old.local_spi);
  }
  Announce(core, EventType::kIkeSaRekeyed, successor,
           absl::StrCat("IKE SA with ", successor.remote_id.ToString(), " was rekeyed by ",
                        successor.initiator ? "us." : "the peer."));
  core.Touch(*successor.tunnel);
  StartNext(core, successor);
}

IkeSa* CrossedWith(const Core& core, const IkeSa& old) {
  IkeSa* sa = core.FindIkeSa(old.crossed);
  return sa != nullptr && sa->state == IkeState::kCrossed ? sa : nullptr;
}

void TakeOverBecauseUsed(Core& core, IkeSa& sa) {
  IkeSa& old = *core.FindIkeSa(sa.replaces);  // nothing stays in kCrossed without it
  core.SetState(old, IkeState::kRekeyed);
  TakeOver(core, old, sa);
}

void CloseCrossed(Core& core, const IkeSa& old, const std::string& message) {
  if (IkeSa* crossed = CrossedWith(core, old)) CloseIkeSa(core, *crossed, message);
}

}  // namespace culvert::iked
