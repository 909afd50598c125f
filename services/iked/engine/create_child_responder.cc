// SPDX-License-Identifier: Apache-2.0
// CREATE_CHILD_SA as responder, for a new CHILD_SA or for the rekey of one (RFC 7296 1.3.1, 1.3.3, 2.8, 2.25). The
// answer leaves only once the datapath can receive on the new pair: the peer sends on it at once.
#include "libs/wire/reader.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ike_crypto.h"
#include "services/iked/engine/peer_child.h"

namespace culvert::iked {

using wire::ikev2::ExchangeType;
using wire::ikev2::KePayload;
using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::ProtocolId;

namespace {

constexpr size_t kMaxChildren = 256;  // of one IKE SA: 64 pairs, being rekeyed, with room to spare

bool Refuse(Core& core, IkeSa& sa, NotifyPayload notify) {
  SendResponse(core, sa, ExchangeType::kCreateChildSa, {std::move(notify)});
  return true;
}

// 2.25.2: children are not touched while the IKE SA itself is being replaced.
bool IsReplacingIkeSa(const IkeSa& sa) {
  return sa.own != nullptr && sa.own->task.story == Story::kRekeyIke;
}

// The peer made it in place of one that we are rekeying as well: until our request is answered, it is not known which
// of the two lives on (2.8.1), and what replaced one of them would have to share its fate.
bool IsContested(const IkeSa& sa, const ChildSa& child) {
  return child.replaces != 0 && sa.own != nullptr && sa.own->task == Task{Story::kRekeyChild, child.replaces};
}

// 2.25.1: it lives, nobody deletes it, and the peer has not rekeyed it before. A rekey of ours may be under way.
bool MayBeRekeyed(const IkeSa& sa, const ChildSa& child) {
  return child.carries() && !child.replaced && !IsContested(sa, child);
}

bool Install(Core& core, IkeSa& sa, base::ByteView g_ir) {
  PeerExchange& peer = *sa.peer;
  ChildNegotiation& child = *peer.child;
  child.spi_in = core.TakeSpi();
  if (child.spi_in == 0) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  Payloads between;
  between.push_back(NoncePayload{child.own_nonce});
  if (child.suite.dh != nullptr) between.push_back(KePayload{child.suite.dh->id, std::move(child.public_value)});
  AppendChoice(peer.answer, child, std::move(between));
  const bool rekey = sa.FindChild(child.replaces) != nullptr;
  peer.installing =
      InstallChild(core, sa, child, /*initiator=*/false, DeriveChildKeys(sa, child, /*initiator=*/false, g_ir),
                   rekey ? Activation::kOnFirstInbound : Activation::kNow);
  return true;
}

bool Grant(Core& core, IkeSa& sa, const Message& message, Story story, const ChildSa* old) {
  const std::optional<size_t> pair = old == nullptr ? std::nullopt : std::optional(old->pair);
  ChildOutcome outcome = SelectChild(core, *sa.tunnel, sa, message, Phase::kCreateChildSa, pair);
  if (Refusal* refusal = std::get_if<Refusal>(&outcome)) {
    Report(core, sa.tunnel, std::move(refusal->diagnosis));
    return Refuse(core, sa, {.type = refusal->notify, .data = std::move(refusal->data)});
  }
  ChildNegotiation child = std::get<ChildNegotiation>(std::move(outcome));
  const KePayload* ke = message.Get<KePayload>();
  const ipsec::Algorithm* group = child.suite.dh;
  if (group != nullptr && (ke == nullptr || ke->group != group->id)) {
    NotifyPayload wanted{.type = NotifyType::kInvalidKePayload};
    wanted.data = {static_cast<uint8_t>(group->id >> 8), static_cast<uint8_t>(group->id)};
    return Refuse(core, sa, std::move(wanted));
  }
  child.replaces = old == nullptr ? 0 : old->id;
  child.own_nonce = core.Nonce();
  child.peer_nonce = message.Get<NoncePayload>()->data;
  sa.peer->story = story;
  sa.peer->child = std::move(child);
  if (group == nullptr) return Install(core, sa, {});
  sa.peer->job = core.Ask(sa, Priority::kEstablished, DhRespond{group, ke->data});
  return true;
}

}  // namespace

bool OnNewChildRequest(Core& core, IkeSa& sa, Step& step) {
  if (IsReplacingIkeSa(sa)) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  if (sa.children.size() >= kMaxChildren) return Refuse(core, sa, {.type = NotifyType::kNoAdditionalSas});
  return Grant(core, sa, *step.message, Story::kNewChild, nullptr);
}

bool OnRekeyChildRequest(Core& core, IkeSa& sa, Step& step) {
  const NotifyPayload& rekey = *step.message->GetNotify(NotifyType::kRekeySa);
  const std::optional<uint32_t> spi = wire::Reader(rekey.spi).U32();
  const bool esp = rekey.protocol == ProtocolId::kEsp && rekey.spi.size() == 4;
  const ChildSa* old = esp ? sa.FindChildByOutboundSpi(*spi) : nullptr;
  // It may be the one whose grant is still on its way to us.
  if (old == nullptr && sa.own != nullptr && sa.own->child)
    return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  if (old == nullptr) {
    return Refuse(core, sa, {.type = NotifyType::kChildSaNotFound, .protocol = rekey.protocol, .spi = rekey.spi});
  }
  if (!MayBeRekeyed(sa, *old) || IsReplacingIkeSa(sa)) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  return Grant(core, sa, *step.message, Story::kRekeyChild, old);
}

bool OnPeerChildComputed(Core& core, IkeSa& sa, Step& step) {
  if (!step.result->ok()) {  // a public value that no honest peer sends (RFC 6989)
    return Refuse(core, sa, {.type = NotifyType::kInvalidSyntax});
  }
  if (sa.peer->story == Story::kRekeyChild) {  // a rekey of ours may have gone through meanwhile
    const ChildSa* old = sa.FindChild(sa.peer->child->replaces);
    if (old == nullptr || !MayBeRekeyed(sa, *old)) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  }
  DhResponded& done = std::get<DhResponded>(**step.result);
  sa.peer->child->public_value = std::move(done.public_value);
  return Install(core, sa, done.shared.view());
}

bool OnPeerChildInstalled(Core& core, IkeSa& sa, Step& step) {
  const uint64_t fresh = sa.peer->installing;
  if (!step.installed.ok()) {
    core.TakeChild(sa, fresh);
    return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  }
  const uint64_t replaces = sa.peer->child->replaces;
  SendResponse(core, sa, ExchangeType::kCreateChildSa, std::move(sa.peer->answer));
  if (ChildSa* old = sa.FindChild(replaces)) OnChildRekeyedByPeer(core, sa, *old, fresh);
  return true;
}

bool OnUntimelyRequest(Core& core, IkeSa& sa, Step&) {
  return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
}

}  // namespace culvert::iked
