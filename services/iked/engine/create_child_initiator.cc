// SPDX-License-Identifier: Apache-2.0
// CREATE_CHILD_SA as initiator, for a new CHILD_SA or for the rekey of one (RFC 7296 1.3.1, 1.3.3, 2.8).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ike_crypto.h"
#include "services/iked/engine/own_child.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

using ipsec::Algorithm;
using wire::ikev2::ExchangeType;
using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::ProtocolId;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kCreateChildSa, Side::kInitiator);
}

const Algorithm* OfferedGroup(const std::vector<ipsec::Proposal>& proposals, uint16_t id) {
  for (const ipsec::Proposal& proposal : proposals) {
    for (const Algorithm* group : proposal.dh) {
      if (group->id == id && id != 0) return group;
    }
  }
  return nullptr;
}

void SendCreateChild(Core& core, IkeSa& sa) {
  OwnExchange& own = *sa.own;
  Payloads payloads;
  if (const ChildSa* old = sa.FindChild(own.child->replaces)) {
    wire::Writer spi;
    spi.U32(old->spi_in);  // 1.3.3: the one we would expect in inbound packets
    payloads.push_back(
        NotifyPayload{.type = NotifyType::kRekeySa, .protocol = ProtocolId::kEsp, .spi = base::ToBytes(spi.view())});
  }
  Payloads between;
  between.push_back(NoncePayload{own.child->own_nonce});
  if (own.group != nullptr) between.push_back(KePayload{own.group->id, base::ToBytes(own.ours->public_value())});
  AppendOffer(payloads, *own.child, std::move(between));
  SendRequest(core, sa, ExchangeType::kCreateChildSa, std::move(payloads));
}

// The peer holds a CHILD_SA that breaks its word. There is no common ground: start over.
bool BreakOff(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  const std::string message = diagnosis.summary;
  Tunnel& tunnel = *sa.tunnel;
  Report(core, &tunnel, std::move(diagnosis));
  CloseIkeSa(core, sa, message);
  IkeSaLost(core, tunnel, TunnelReason::kNegotiationFailed);
  return false;
}

void Install(Core& core, IkeSa& sa, base::ByteView g_ir) {
  OwnExchange& own = *sa.own;
  ChildNegotiation granted = std::move(*own.child);
  own.child.reset();
  crypto::ChildKeys keys = DeriveChildKeys(sa, granted, /*initiator=*/true, g_ir);
  own.installing = InstallChild(core, sa, std::move(granted), /*initiator=*/true, std::move(keys), Activation::kNow);
}

bool RetryWithGroup(Core& core, IkeSa& sa, const NotifyPayload& invalid_ke) {
  OwnExchange& own = *sa.own;
  const base::Bytes& data = invalid_ke.data;
  const uint16_t id = data.size() == 2 ? static_cast<uint16_t>(data[0] << 8 | data[1]) : uint16_t{0};
  const Algorithm* wanted = OfferedGroup(own.child->offered, id);
  if (wanted == nullptr || wanted == own.group ||
      std::find(own.tried.begin(), own.tried.end(), wanted) != own.tried.end()) {
    const Algorithm* known = ipsec::FindTransform(ipsec::TransformKind::kDh, id, 0);
    FailChild(core, sa, invalid_ke.type,
              KeGroupMismatch(Here(core, sa), "esp.proposals", own.child->offered,
                              known == nullptr ? absl::StrCat("number ", id) : std::string(known->keyword)));
    return false;
  }
  own.tried.push_back(own.group);
  Generate(core, sa, wanted);
  return true;
}

}  // namespace

bool BeginChild(Core& core, IkeSa& sa, const Task& task) {
  if (!PrepareChild(core, sa, task)) return false;
  if (const Algorithm* group = FirstGroup(sa.own->child->offered)) {
    Generate(core, sa, group);
  } else {
    SendCreateChild(core, sa);
  }
  return true;
}

bool OnChildGenerated(Core& core, IkeSa& sa, Step& step) {
  if (IsMoot(sa)) {
    EndMoot(core, sa);
    return true;
  }
  if (!step.result->ok()) {
    FailChild(core, sa, NotifyType::kNoProposalChosen,
              NotSupported(Here(core, sa), "esp.proposals", absl::StrCat("group ", sa.own->group->keyword)));
    return false;
  }
  sa.own->ours = std::get<DhGenerated>(**step.result).ours;
  SendCreateChild(core, sa);
  return true;
}

bool OnChildResponse(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  if (message.FirstErrorNotify() != nullptr) return OnChildRefused(core, sa, step);
  OwnExchange& own = *sa.own;
  const ChildNegotiation asked = *own.child;
  ChildOutcome outcome = CheckAnswer(core, sa, message, Phase::kCreateChildSa, asked);
  if (Refusal* refusal = std::get_if<Refusal>(&outcome)) return BreakOff(core, sa, std::move(refusal->diagnosis));
  ChildNegotiation granted = std::get<ChildNegotiation>(std::move(outcome));
  granted.peer_nonce = message.Get<NoncePayload>()->data;
  const KePayload* ke = message.Get<KePayload>();
  const Algorithm* group = granted.suite.dh;
  if (group != nullptr && (group != own.group || ke == nullptr || ke->group != group->id)) {
    return BreakOff(core, sa, InvalidMessage(Here(core, sa), "a key exchange of another group than ours"));
  }
  const bool rekey = sa.FindChild(granted.replaces) != nullptr;
  if (granted.narrowed && !rekey && !LearnPerPair(*sa.tunnel, sa, granted)) {
    Report(core, sa.tunnel, Narrowed(Here(core, sa), asked.local, asked.remote, granted.local, granted.remote));
  }
  own.child = std::move(granted);
  if (group != nullptr) {
    own.job = core.Ask(sa, Priority::kEstablished, DhDerive{own.ours, ke->data});
  } else {
    Install(core, sa, {});
  }
  return true;
}

bool OnChildDerived(Core& core, IkeSa& sa, Step& step) {
  if (!step.result->ok()) {
    return BreakOff(core, sa, InvalidMessage(Here(core, sa), "a public value that is none"));
  }
  Install(core, sa, std::get<DhDerived>(**step.result).shared.view());
  return true;
}

bool OnChildRefused(Core& core, IkeSa& sa, Step& step) {
  OwnExchange& own = *sa.own;
  const NotifyPayload* error = step.message->FirstErrorNotify();
  if (error == nullptr) return BreakOff(core, sa, InvalidMessage(Here(core, sa), "an answer without its payloads"));
  if (error->type == NotifyType::kInvalidKePayload && own.group != nullptr) return RetryWithGroup(core, sa, *error);
  const Task task = own.task;
  if (IsMoot(sa)) {
    EndMoot(core, sa);
    return true;
  }
  if (error->type == NotifyType::kTemporaryFailure && task.story == Story::kRekeyChild) {  // 2.25: another time
    FailChild(core, sa, error->type, std::nullopt);
    return true;
  }
  Diagnosis why = WhyChildRefused(core, sa, error->type, Phase::kCreateChildSa, *own.child);
  if (error->type == NotifyType::kTemporaryFailure && task.story == Story::kNewChild) {
    Report(core, sa.tunnel, std::move(why));
    Postpone(core, sa, task, kTemporaryFailureRetry);
    FinishOwn(core, sa);
    return true;
  }
  if (error->type == NotifyType::kChildSaNotFound && task.story == Story::kRekeyChild) {
    // 2.25: the peer has lost it. Ours is of no use; a new one is.
    const size_t pair = own.child->pair;
    RetireChild(core, sa, task.child, absl::ZeroDuration(), "The peer does not know it any more (CHILD_SA_NOT_FOUND).");
    sa.queue.push_back({.story = Story::kNewChild, .pair = pair});
  }
  FailChild(core, sa, error->type, std::move(why));
  return true;
}

bool OnChildInstalled(Core& core, IkeSa& sa, Step& step) {
  FinishChild(core, sa, step.installed, Here(core, sa));
  return true;
}

}  // namespace culvert::iked
