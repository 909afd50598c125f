// SPDX-License-Identifier: Apache-2.0
// Quick Mode as responder. The answer leaves only once the datapath can receive on the new pair.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "libs/crypto/ikev1_keys.h"
#include "libs/wire/reader.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/child_life.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/informational.h"
#include "services/iked/engine/ikev1/quick_mode.h"
#include "services/iked/engine/ikev1/quick_offer.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/ikev1/succession.h"
#include "services/iked/engine/peer_child.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::ExchangeType;
using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::MessageForm;
using wire::ikev1::NoncePayload;
using wire::ikev1::NotifyType;
using wire::ikev1::SaPayload;

namespace {

constexpr size_t kMaxChildren = 256;   // of one SA: 64 pairs, being rekeyed, with room to spare
constexpr size_t kMaxPeersQuick = 64;  // at once
constexpr size_t kMaxSpent = 4096;     // an SA of eight hours with 64 pairs of an hour needs 512
// Requests that cross are on their way at the same time, give or take a retransmission.
constexpr absl::Duration kCrossing = absl::Seconds(3);

void Spend(Phase2& phase2, uint32_t message_id) {
  phase2.spent.push_back(message_id);
  if (phase2.spent.size() > kMaxSpent) phase2.spent.erase(phase2.spent.begin());
}

bool IsSpent(const Phase2& phase2, uint32_t message_id) {
  return std::find(phase2.spent.begin(), phase2.spent.end(), message_id) != phase2.spent.end();
}

// Those whose message 3 was lost make room for new ones.
bool MakeRoom(Phase2& phase2) {
  if (phase2.peers.size() < kMaxPeersQuick) return true;
  const auto it = std::find_if(phase2.peers.begin(), phase2.peers.end(),
                               [](const auto& quick) { return quick->step == QuickStep::kAnswered; });
  if (it == phase2.peers.end()) return false;
  phase2.peers.erase(it);
  return true;
}

// The peer's SPI in its offer, which a refusal is about.
uint32_t SpiIn(const Message& message) {
  const SaPayload& offer = *message.Get<SaPayload>();
  return offer.proposals.empty() ? 0 : wire::Reader(offer.proposals.front().spi).U32().value_or(0);
}

// It ends here; its message id stays spent.
void End(Core& core, IkeSa& sa, const QuickMode& quick) {
  std::erase_if(sa.ikev1->phase2.peers, [&quick](const auto& other) { return other.get() == &quick; });
  HandOverIfIdle(core, sa);
}

// The CHILD_SA of the same pair that carries now.
const ChildSa* CarrierOf(const IkeSa& keeper, const ChildNegotiation& child) {
  const auto it = std::find_if(keeper.children.rbegin(), keeper.children.rend(), [&child](const auto& other) {
    return other->carries() && !other->replaced && other->local == child.local && other->remote == child.remote;
  });
  return it == keeper.children.rend() ? nullptr : it->get();
}

// Quick Mode does not say what it is to replace: it is what carries the same pair. But one that we made a moment ago
// is no more than a rival: the peer asked before it knew of it. Then both replace the same, and nonces decide
// (child_collision.h).
uint64_t ReplacedBy(const Core& core, const IkeSa& keeper, const ChildNegotiation& child) {
  const ChildSa* carrier = CarrierOf(keeper, child);
  if (carrier == nullptr) return 0;
  const bool rival = carrier->ours && core.clock.BootTime() - carrier->installed < kCrossing;
  return rival ? carrier->replaces : carrier->id;
}

void Install(Core& core, IkeSa& sa, QuickMode& quick, base::ByteView g_xy) {
  IkeSa& keeper = KeeperOf(core, sa);
  ChildNegotiation& child = quick.child;
  child.spi_in = core.TakeSpi();
  if (child.spi_in == 0) {  // as if message 1 had been lost
    std::erase(sa.ikev1->phase2.spent, quick.message_id);
    return End(core, sa, quick);
  }
  child.replaces = ReplacedBy(core, keeper, child);
  quick.step = QuickStep::kInstalling;
  quick.hash3 = ConfirmingHash(sa, quick.message_id, child.peer_nonce, child.own_nonce);
  const State& state = *sa.ikev1;
  auto keys = crypto::DeriveIkev1ChildKeys(child.suite, state.prf, state.keys.d.view(), g_xy, child.spi_out,
                                           child.spi_in, child.peer_nonce, child.own_nonce);
  if (!keys.ok()) std::abort();  // our own suite of ESP
  const bool carried = CarrierOf(keeper, child) != nullptr;
  quick.installing = InstallChild(core, keeper, child, /*initiator=*/false, *std::move(keys),
                                  carried ? Activation::kOnFirstInbound : Activation::kNow);
}

}  // namespace

void OnQuickRequest(Core& core, IkeSa& sa, const Datagram& datagram, const Message& message, base::Bytes next_iv) {
  Phase2& phase2 = sa.ikev1->phase2;
  const uint32_t message_id = message.header.message_id;
  if (IsSpent(phase2, message_id)) return CountInvalid(core, "message_id");
  if (!HasHash(core, sa, message) || !IsLawful(core, message, MessageForm::kQuick1)) return;
  if (!MakeRoom(phase2) || KeeperOf(core, sa).children.size() >= kMaxChildren) {
    return CountInvalid(core, "too_many_children");
  }
  OnFreshMessage(core, sa, datagram);
  Spend(phase2, message_id);
  OrRefusal<QuickMode> outcome = Choose(core, sa, message);
  if (QuickRefusal* refusal = std::get_if<QuickRefusal>(&outcome)) {
    Report(core, sa.tunnel, std::move(refusal->diagnosis));
    return SendRefusal(core, sa, refusal->notify, SpiIn(message));
  }
  phase2.peers.push_back(std::make_unique<QuickMode>(std::get<QuickMode>(std::move(outcome))));
  QuickMode& quick = *phase2.peers.back();
  quick.message_id = message_id;
  quick.iv = std::move(next_iv);
  quick.received = DigestOf(datagram.bytes);
  quick.child.own_nonce = core.Nonce();
  quick.child.peer_nonce = message.Get<NoncePayload>()->data;
  if (quick.child.suite.dh == nullptr) return Install(core, sa, quick, {});
  quick.job = core.Ask(sa, Priority::kEstablished, DhRespond{quick.child.suite.dh, message.Get<KePayload>()->data});
}

void OnPeerQuickComputed(Core& core, IkeSa& sa, QuickMode& quick, JobDone& done) {
  quick.job = 0;
  if (!done.result.ok()) {  // a public value that no honest peer sends
    SendRefusal(core, sa, NotifyType::kInvalidKeyInformation, quick.child.spi_out);
    return End(core, sa, quick);
  }
  DhResponded& responded = std::get<DhResponded>(*done.result);
  quick.child.public_value = std::move(responded.public_value);
  Install(core, sa, quick, responded.shared.view());
}

void OnPeerQuickInstalled(Core& core, IkeSa& sa, QuickMode& quick, const absl::Status& status) {
  IkeSa& keeper = KeeperOf(core, sa);
  const uint64_t fresh = std::exchange(quick.installing, 0);
  if (!status.ok()) {
    core.TakeChild(keeper, fresh);
    SendRefusal(core, sa, NotifyType::kNoProposalChosen, quick.child.spi_out);
    return End(core, sa, quick);
  }
  quick.step = QuickStep::kAnswered;
  quick.sent = SendSealed(core, sa, {ExchangeType::kQuick, quick.message_id},
                          WithHash(sa, quick.message_id, quick.child.peer_nonce, AnswerPayloads(sa, quick)), quick.iv);
  if (ChildSa* old = keeper.FindChild(quick.child.replaces)) OnChildRekeyedByPeer(core, keeper, *old, fresh);
  HandOverIfIdle(core, sa);
}

void OnQuickConfirmed(Core& core, IkeSa& sa, QuickMode& quick, const Datagram& datagram, const Message& message) {
  if (!HasHash(core, message, quick.hash3) || !IsLawful(core, message, MessageForm::kQuick3)) return;
  OnFreshMessage(core, sa, datagram);
  // Both sides have it now. What it replaces is its initiator's to delete, but not everybody does: strongSwan lets it
  // expire.
  if (const ChildSa* old = KeeperOf(core, sa).FindChild(quick.child.replaces); old != nullptr && old->replaced) {
    Postpone(core, KeeperOf(core, sa), {Story::kDeleteChild, old->id}, kOthersGrace);
  }
  End(core, sa, quick);
}

}  // namespace culvert::iked::ikev1
