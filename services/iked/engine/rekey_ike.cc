// SPDX-License-Identifier: Apache-2.0
// CREATE_CHILD_SA for the IKE SA itself, from both sides (RFC 7296 1.3.2, 2.18). The new SA takes over the CHILD_SAs
// and all that waits; the old one is deleted by whoever began. When both sides begin at once, the nonces decide
// (2.8.2).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/wire/ikev2/proposal_mapping.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/announce.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/handlers.h"
#include "services/iked/engine/ike_crypto.h"
#include "services/iked/engine/quick_crash.h"
#include "services/iked/engine/succession.h"
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
using wire::ikev2::SaPayload;

namespace {

Circumstance Here(const Core& core, const IkeSa& sa, Side side) {
  return At(core, sa, Phase::kCreateChildSa, side);
}

base::Bytes SpiBytes(uint64_t spi) {
  wire::Writer writer;
  writer.U64(spi);
  return std::move(writer).Take();
}

uint64_t SpiOf(const base::Bytes& spi) {
  return spi.size() == 8 ? *wire::Reader(spi).U64() : 0;
}

void Generate(Core& core, IkeSa& sa, const Algorithm* group) {
  sa.own->group = group;
  sa.own->ours.reset();
  sa.own->job = core.Ask(sa, Priority::kEstablished, DhGenerate{group});
}

void Count(Core& core, const IkeSa& sa, bool ours, absl::string_view result) {
  core.counters.Add("ipsec_rekeys_total", {sa.tunnel->name(), "ike", ours ? "local" : "remote", result});
}

// Later again; the old SA has its margin.
void Fail(Core& core, IkeSa& sa, std::optional<Diagnosis> diagnosis, absl::Duration wait) {
  Count(core, sa, true, "failed");
  if (diagnosis) Report(core, sa.tunnel, std::move(*diagnosis));
  sa.rekey_at = core.clock.BootTime() + core.Jittered(wait, kBackoffJitter);
  core.Arm(TimerKind::kIkeRekey, sa.local_spi, sa.rekey_at);
  core.Arm(TimerKind::kIkeExpire, sa.local_spi, sa.expire_at);
  FinishOwn(core, sa);
}

// What the peer's request must not cross (2.25.2): anything of ours about CHILD_SAs. A rekey of ours it may, once.
bool IsBusy(const IkeSa& sa) {
  if (sa.crossed != 0) return true;
  return sa.own != nullptr && sa.own->task.story != Story::kLiveness && sa.own->task.story != Story::kRekeyIke;
}

bool RekeyIsSent(const IkeSa& sa) {
  return sa.own != nullptr && sa.own->task.story == Story::kRekeyIke && sa.own->transmissions > 0;
}

bool Refuse(Core& core, IkeSa& sa, NotifyPayload notify) {
  SendResponse(core, sa, ExchangeType::kCreateChildSa, {std::move(notify)});
  return false;
}

bool BreakOff(Core& core, IkeSa& sa, absl::string_view what) {
  Diagnosis diagnosis = InvalidMessage(Here(core, sa, Side::kInitiator), what);
  Abandon(core, sa, TunnelReason::kNegotiationFailed, std::move(diagnosis));
  return false;
}

}  // namespace

bool BeginRekeyIke(Core& core, IkeSa& sa) {
  if (sa.peer != nullptr) {  // what we are answering belongs to this SA: first that
    Postpone(core, sa, {Story::kRekeyIke}, kTemporaryFailureRetry);
    return false;
  }
  sa.own->ike = IkeNegotiation{.local_spi = core.NewIkeSpi(), .own_nonce = core.Nonce()};
  Generate(core, sa, sa.crypto->suite.dh);
  return true;
}

bool OnIkeRekeyGenerated(Core& core, IkeSa& sa, Step& step) {
  OwnExchange& own = *sa.own;
  if (!step.result->ok()) {
    Fail(core, sa, NotSupported(Here(core, sa, Side::kInitiator), "ike.proposals", own.group->keyword), kRekeyRetry);
    return false;
  }
  own.ours = std::get<DhGenerated>(**step.result).ours;
  Payloads payloads;
  payloads.push_back(wire::ikev2::ToSaPayload(sa.config->ike_proposals, SpiBytes(own.ike->local_spi)));
  payloads.push_back(NoncePayload{own.ike->own_nonce});
  payloads.push_back(KePayload{own.group->id, base::ToBytes(own.ours->public_value())});
  SendRequest(core, sa, ExchangeType::kCreateChildSa, std::move(payloads));
  return true;
}

bool OnIkeRekeyResponse(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  if (message.FirstErrorNotify() != nullptr) return OnIkeRekeyRefused(core, sa, step);
  OwnExchange& own = *sa.own;
  const SaPayload& answer = *message.Get<SaPayload>();
  const KePayload& ke = *message.Get<KePayload>();
  if (answer.proposals.size() != 1) return BreakOff(core, sa, "an answer with several proposals");
  const auto suite = ipsec::Verify(sa.config->ike_proposals, wire::ikev2::FromWire(answer.proposals.front()));
  const uint64_t remote_spi = SpiOf(answer.proposals.front().spi);
  if (!suite || remote_spi == 0 || suite->dh != own.group || ke.group != own.group->id) {
    return BreakOff(core, sa, "an answer to a rekey that was not offered");
  }
  own.ike->suite = *suite;
  own.ike->remote_spi = remote_spi;
  own.ike->peer_nonce = message.Get<NoncePayload>()->data;
  own.ike->crash_token = CrashTokenIn(message);
  own.job = core.Ask(sa, Priority::kEstablished, DhDerive{own.ours, ke.data});
  return true;
}

bool OnIkeRekeyRefused(Core& core, IkeSa& sa, Step& step) {
  OwnExchange& own = *sa.own;
  const NotifyPayload* error = step.message->FirstErrorNotify();
  if (error == nullptr) return BreakOff(core, sa, "an answer without its payloads");
  if (IkeSa* theirs = CrossedWith(core, sa)) {  // 2.8.2: the peer has not noticed, and its own rekey went through
    core.SetState(sa, IkeState::kRekeyed);
    TakeOver(core, sa, *theirs);
    FinishOwn(core, sa);
    return true;
  }
  if (error->type == NotifyType::kTemporaryFailure) {
    core.counters.Add("ipsec_rekey_collisions_total", {sa.tunnel->name(), "ike"});
    Fail(core, sa, std::nullopt, kTemporaryFailureRetry);
    return true;
  }
  if (error->type == NotifyType::kInvalidKePayload && error->data.size() == 2) {
    const auto id = static_cast<uint16_t>(error->data[0] << 8 | error->data[1]);
    for (const ipsec::Proposal& proposal : sa.config->ike_proposals) {
      for (const Algorithm* group : proposal.dh) {
        const bool tried = std::find(own.tried.begin(), own.tried.end(), group) != own.tried.end();
        if (group->id != id || group == own.group || tried) continue;
        own.tried.push_back(own.group);
        Generate(core, sa, group);
        return true;
      }
    }
  }
  Fail(core, sa, PeerRefusedIkeProposals(Here(core, sa, Side::kInitiator), sa.config->ike_proposals), kRekeyRetry);
  return true;
}

bool OnIkeRekeyDerived(Core& core, IkeSa& sa, Step& step) {
  if (!step.result->ok()) return BreakOff(core, sa, "a public value that is none");
  const base::Secret& shared = std::get<DhDerived>(**step.result).shared;
  auto crypto = DeriveNextKeys(*sa.crypto, *sa.own->ike, /*initiator=*/true, shared.view());
  if (!crypto.ok()) return BreakOff(core, sa, crypto.status().message());
  Count(core, sa, true, "ok");
  IkeSa& ours = MakeSuccessor(core, sa, *sa.own->ike, *std::move(crypto), /*initiator=*/true);
  IkeSa* const theirs = CrossedWith(core, sa);
  if (theirs != nullptr) core.counters.Add("ipsec_rekey_collisions_total", {sa.tunnel->name(), "ike"});
  if (theirs != nullptr && ours.lowest_nonce < theirs->lowest_nonce) {
    TakeOver(core, sa, *theirs);  // whose maker deletes the old one
    CloseIkeSa(core, ours, "The peer's rekey of the same IKE SA takes over (RFC 7296 2.8.2).");
    return true;
  }
  if (theirs != nullptr) core.SetState(*theirs, IkeState::kRekeyed);  // its maker owes a Delete
  TakeOver(core, sa, ours);
  sa.queue = {{Story::kDeleteIke}};
  return true;
}

bool OnMootIkeRekeyDerived(Core& core, IkeSa& sa, Step& step) {
  if (step.result->ok()) {
    const base::Secret& shared = std::get<DhDerived>(**step.result).shared;
    auto crypto = DeriveNextKeys(*sa.crypto, *sa.own->ike, /*initiator=*/true, shared.view());
    if (crypto.ok()) {
      IkeSa& ours = MakeSuccessor(core, sa, *sa.own->ike, *std::move(crypto), /*initiator=*/true);
      CloseIkeSa(core, ours, "It was granted when it was no longer wanted.");
    }
  }
  FinishOwn(core, sa);
  return true;
}

bool OnIkeRekeyRequest(Core& core, IkeSa& sa, Step& step) {
  const Message& message = *step.message;
  if (IsBusy(sa)) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  const SaPayload& offer = *message.Get<SaPayload>();
  std::vector<ipsec::Proposal> theirs = wire::ikev2::FromWire(offer);
  for (size_t i = 0; i < theirs.size(); ++i) {
    if (SpiOf(offer.proposals[i].spi) == 0) theirs[i].unknown.push_back({});  // without an SPI it cannot be chosen
  }
  const std::optional<ipsec::Choice> choice = ipsec::Choose(sa.config->ike_proposals, theirs);
  if (!choice) {
    Report(core, sa.tunnel, IkeProposalMismatch(Here(core, sa, Side::kResponder), sa.config->ike_proposals, theirs));
    return Refuse(core, sa, {.type = NotifyType::kNoProposalChosen});
  }
  const Algorithm* group = choice->suite.dh;
  const KePayload& ke = *message.Get<KePayload>();
  if (ke.group != group->id) {
    NotifyPayload wanted{.type = NotifyType::kInvalidKePayload};
    wanted.data = {static_cast<uint8_t>(group->id >> 8), static_cast<uint8_t>(group->id)};
    return Refuse(core, sa, std::move(wanted));
  }
  const wire::ikev2::Proposal& proposal = offer.proposals[choice->theirs];
  sa.peer->story = Story::kRekeyIke;
  sa.peer->ike = IkeNegotiation{.local_spi = core.NewIkeSpi(),
                                .remote_spi = SpiOf(proposal.spi),
                                .own_nonce = core.Nonce(),
                                .peer_nonce = message.Get<NoncePayload>()->data,
                                .suite = choice->suite,
                                .proposal_number = proposal.number};
  sa.peer->job = core.Ask(sa, Priority::kEstablished, DhRespond{group, ke.data});
  return true;
}

bool OnIkeRekeyComputed(Core& core, IkeSa& sa, Step& step) {
  if (!step.result->ok()) return Refuse(core, sa, {.type = NotifyType::kInvalidSyntax});
  if (IsBusy(sa)) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});  // we began meanwhile
  DhResponded& done = std::get<DhResponded>(**step.result);
  const IkeNegotiation negotiation = std::move(*sa.peer->ike);
  auto crypto = DeriveNextKeys(*sa.crypto, negotiation, /*initiator=*/false, done.shared.view());
  if (!crypto.ok()) return Refuse(core, sa, {.type = NotifyType::kTemporaryFailure});
  Payloads answer;
  answer.push_back(
      wire::ikev2::ToSaPayload(negotiation.suite, negotiation.proposal_number, SpiBytes(negotiation.local_spi)));
  answer.push_back(NoncePayload{negotiation.own_nonce});
  answer.push_back(KePayload{negotiation.suite.dh->id, std::move(done.public_value)});
  AppendCrashToken(core, negotiation.remote_spi, negotiation.local_spi, answer);
  SendResponse(core, sa, ExchangeType::kCreateChildSa, std::move(answer));
  Count(core, sa, false, "ok");
  IkeSa& theirs = MakeSuccessor(core, sa, negotiation, *std::move(crypto), /*initiator=*/false);
  sa.crossed = theirs.local_spi;
  if (RekeyIsSent(sa)) return true;  // it waits for what the peer says to ours
  core.SetState(sa, IkeState::kRekeyed);
  TakeOver(core, sa, theirs);
  HandedOver(core, sa);
  return true;
}

void HandedOver(Core& core, IkeSa& sa) {
  if (sa.own != nullptr && sa.own->task.story == Story::kRekeyIke) FinishOwn(core, sa);  // on to its Delete
}

}  // namespace culvert::iked
