// SPDX-License-Identifier: Apache-2.0
// INFORMATIONAL (RFC 7296 1.4): Delete both ways, liveness, and what a peer says of itself.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/inactivity.h"
#include "services/iked/engine/lifetime.h"
#include "services/iked/engine/mobike.h"
#include "services/iked/engine/peer_child.h"
#include "services/iked/engine/quick_crash.h"
#include "services/iked/engine/succession.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

using wire::ikev2::DeletePayload;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NotifyType;
using wire::ikev2::ProtocolId;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kInformational, Side::kResponder);
}

bool DeletesIkeSa(const Message& message) {
  const auto deletes = message.All<DeletePayload>();
  return std::any_of(deletes.begin(), deletes.end(),
                     [](const DeletePayload* d) { return d->protocol == ProtocolId::kIke; });
}

// 1.4.1: each half of a pair is deleted by its receiver; the answer names the other halves.
std::vector<uint32_t> DeleteChildren(Core& core, IkeSa& sa, const Message& message) {
  std::vector<uint32_t> answered;
  for (const DeletePayload* d : message.All<DeletePayload>()) {
    if (d->protocol != ProtocolId::kEsp) continue;
    for (const uint32_t spi : d->spis) {
      if (const auto other_half = OnChildDeletedByPeer(core, sa, spi, Here(core, sa))) answered.push_back(*other_half);
    }
  }
  return answered;
}

}  // namespace

bool OnInformationalRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  const bool refused = message.Has(NotifyType::kAuthenticationFailed);
  const bool wanted = sa.live();
  Payloads answer;
  if (const std::vector<uint32_t> spis = DeleteChildren(core, sa, message); !spis.empty()) {
    answer.push_back(DeletePayload{ProtocolId::kEsp, spis});
  }
  if (base::Bytes token = CrashTokenIn(message); !token.empty()) sa.crash_token = std::move(token);
  AnswerMobike(core, sa, message, *step.datagram, answer);
  SendResponse(core, sa, ExchangeType::kInformational, std::move(answer));
  if (refused) {  // 2.21.2: the initiator does not accept who we say we are
    Abandon(core, sa, TunnelReason::kNegotiationFailed, PeerRefusedAuthentication(Here(core, sa), "", sa.local_id));
  } else if (DeletesIkeSa(message)) {
    if (IkeSa* crossed = CrossedWith(core, sa)) {  // 2.8.2: the peer never noticed that we were at it as well
      core.SetState(sa, IkeState::kRekeyed);
      TakeOver(core, sa, *crossed);
    } else if (wanted)
      Report(core, sa.tunnel, PeerDeleted(Here(core, sa), "IKE SA"));
    DropIkeSa(core, sa, TunnelReason::kPeerDeleted, "The peer deleted it.");
  } else {
    StartNext(core, sa);
  }
  return sa.state != IkeState::kGone;
}

bool BeginDeleteChild(Core& core, IkeSa& sa, uint64_t id) {
  ChildSa* child = sa.FindChild(id);
  if (child == nullptr) return false;
  // The peer does not know it yet, or is just being told what replaces it.
  if (sa.peer != nullptr && (sa.peer->installing == id || (sa.peer->child && sa.peer->child->replaces == id))) {
    Postpone(core, sa, {Story::kDeleteChild, id}, kTemporaryFailureRetry);
    return false;
  }
  child->state = ChildState::kDeleting;
  core.Touch(sa);
  SendRequest(core, sa, ExchangeType::kInformational, {DeletePayload{ProtocolId::kEsp, {child->spi_in}}});
  return true;
}

bool OnChildDeleted(Core& core, IkeSa& sa, Step&) {
  const uint64_t id = sa.own->task.child;
  if (const ChildSa* child = sa.FindChild(id)) {
    RetireChild(core, sa, id, child->replaced ? kRetireGrace : absl::ZeroDuration(), WhyWeDeleted(*child));
  }
  FinishOwn(core, sa);
  return true;
}

bool BeginDeleteIke(Core& core, IkeSa& sa) {
  if (sa.live()) core.SetState(sa, IkeState::kDeleting);
  SendRequest(core, sa, ExchangeType::kInformational, {DeletePayload{ProtocolId::kIke, {}}});
  return true;
}

bool OnIkeDeleted(Core& core, IkeSa& sa, Step&) {
  if (sa.tunnel != nullptr) core.Touch(*sa.tunnel);
  return true;
}

bool BeginLiveness(Core& core, IkeSa& sa) {
  SendRequest(core, sa, ExchangeType::kInformational, {});
  return true;
}

bool OnAlive(Core& core, IkeSa& sa, Step&) {
  core.counters.Add("ipsec_dpd_probes_total", {sa.tunnel->name(), "answered"});
  WatchLiveness(core, sa);
  FinishOwn(core, sa);
  return true;
}

bool OnMootResponse(Core& core, IkeSa& sa, Step&) {
  FinishOwn(core, sa);
  return true;
}

}  // namespace culvert::iked
