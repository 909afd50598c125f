// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/informational.h"

#include <algorithm>

#include "libs/wire/reader.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/liveness.h"
#include "services/iked/engine/ikev1/quick_mode.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/ikev1/succession.h"
#include "services/iked/engine/inactivity.h"
#include "services/iked/engine/peer_child.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::CookiePair;
using wire::ikev1::DeletePayload;
using wire::ikev1::Message;
using wire::ikev1::NotifyPayload;
using wire::ikev1::NotifyType;
using wire::ikev1::ProtocolId;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa) {
  return At(core, sa, Phase::kInformational, Side::kResponder);
}

CookiePair CookiesOf(const IkeSa& sa) {
  return {sa.spi_i(), sa.spi_r()};
}

// RFC 2408 3.14.1 lets an error name the SA that it is about, and many peers name none; strongSwan's SPI is 0 where it
// chose no proposal.
bool IsAboutOurs(const IkeSa& sa, const NotifyPayload& error) {
  if (sa.own == nullptr || !sa.own->child || sa.own->datagrams.empty()) return false;
  const std::optional<uint32_t> spi = wire::Reader(error.spi).U32();
  return error.spi.size() != 4 || *spi == 0 || *spi == sa.own->child->spi_in;
}

void OnNotify(Core& core, IkeSa& sa, const Datagram& datagram, const NotifyPayload& notify) {
  switch (notify.type) {
    case NotifyType::kRUThere:
      return OnRUThere(core, sa, datagram, notify);
    case NotifyType::kRUThereAck:
      return OnRUThereAck(core, sa, datagram, notify);
    case NotifyType::kInitialContact:
      return ApplyInitialContact(core, sa);
    case NotifyType::kInvalidSpi: {  // the peer has lost the SA that we send on
      const std::optional<uint32_t> spi = wire::Reader(notify.spi).U32();
      if (notify.protocol == ProtocolId::kEsp && spi) {
        OnChildDeletedByPeer(core, KeeperOf(core, sa), *spi, Here(core, sa));
      }
      return;
    }
    default:
      if (IsError(notify.type) && IsAboutOurs(sa, notify)) OnQuickRefused(core, sa, notify.type);
  }
}

// An SA may be deleted under another one's protection, as its successor's (RFC 2408 5.15).
IkeSa* FindDeleted(Core& core, IkeSa& sa, const CookiePair& cookies) {
  if (cookies == CookiesOf(sa)) return &sa;
  for (const uint64_t ours : {cookies.initiator, cookies.responder}) {
    IkeSa* other = core.FindIkeSa(ours);
    const bool same = other != nullptr && other->ikev1 != nullptr && CookiesOf(*other) == cookies;
    if (same && other->tunnel == sa.tunnel && other->remote_id == sa.remote_id) return other;
  }
  return nullptr;
}

void OnDelete(Core& core, IkeSa& sa, const DeletePayload& deletes) {
  if (deletes.protocol == ProtocolId::kEsp) {
    for (const uint32_t spi : deletes.spis) OnChildDeletedByPeer(core, KeeperOf(core, sa), spi, Here(core, sa));
    return;
  }
  for (const CookiePair& cookies : deletes.isakmp) {
    IkeSa* deleted = FindDeleted(core, sa, cookies);
    if (deleted == nullptr || deleted->state == IkeState::kGone) continue;
    // What it was in the middle of when it was succeeded ends with it.
    if (deleted->ikev1->successor != 0 && deleted->own != nullptr) {
      core.ReturnSpis(*deleted);
      deleted->own.reset();
    }
    deleted->ikev1->phase2.peers.clear();
    HandOverIfIdle(core, *deleted);
    if (deleted->live()) Report(core, deleted->tunnel, PeerDeleted(Here(core, *deleted), "IKE SA"));
    DropIkeSa(core, *deleted, TunnelReason::kPeerDeleted, "The peer deleted it.");
  }
}

// The last message of the exchange that made it may be on its way still: a Delete that overtakes it finds nothing.
bool IsTooEarly(const Core& core, const IkeSa& sa, const ChildSa& child) {
  const absl::Duration now = core.clock.BootTime();
  return child.replaced && std::any_of(sa.children.begin(), sa.children.end(), [&](const auto& other) {
           return other->ours && other->pair == child.pair && other->state != ChildState::kInstalling &&
                  now - other->installed < kRetireGrace / 2;
         });
}

}  // namespace

void OnInformational(Core& core, IkeSa& sa, const Datagram& datagram, const Message& message) {
  if (!HasHash(core, sa, message)) return;
  for (const NotifyPayload* notify : message.All<NotifyPayload>()) OnNotify(core, sa, datagram, *notify);
  for (const DeletePayload* deletes : message.All<DeletePayload>()) OnDelete(core, sa, *deletes);
  if (sa.state != IkeState::kGone) StartNext(core, sa);
}

bool BeginDeleteChild(Core& core, IkeSa& sa, uint64_t id) {
  const ChildSa* child = sa.FindChild(id);
  if (child == nullptr) return false;
  if (IsTooEarly(core, sa, *child)) {
    Postpone(core, sa, {Story::kDeleteChild, id}, kRetireGrace);
    return false;
  }
  SendDelete(core, sa, child->spi_in);
  RetireChild(core, sa, id, child->replaced ? kRetireGrace : absl::ZeroDuration(), WhyWeDeleted(*child));
  return false;
}

bool BeginDeleteIke(Core& core, IkeSa& sa) {
  SendInformational(core, sa, {DeletePayload{.isakmp = {CookiesOf(sa)}}});
  if (sa.tunnel != nullptr) core.Touch(*sa.tunnel);
  core.Destroy(sa);
  return false;
}

void TellOfChildren(Core& core, IkeSa& sa) {
  if (!Stands(sa) || sa.children.empty()) return;
  DeletePayload deletes{.protocol = ProtocolId::kEsp};
  for (const std::unique_ptr<ChildSa>& child : sa.children) deletes.spis.push_back(child->spi_in);
  SendInformational(core, sa, {std::move(deletes)});
}

void SendDelete(Core& core, IkeSa& sa, uint32_t spi) {
  SendInformational(core, sa, {DeletePayload{.protocol = ProtocolId::kEsp, .spis = {spi}}});
}

void SendRefusal(Core& core, IkeSa& sa, NotifyType error, uint32_t spi) {
  wire::Writer writer;
  writer.U32(spi);
  SendInformational(core, sa,
                    {NotifyPayload{.type = error, .protocol = ProtocolId::kEsp, .spi = base::ToBytes(writer.view())}});
}

}  // namespace culvert::iked::ikev1
