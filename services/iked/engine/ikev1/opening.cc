// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/opening.h"

#include <utility>

#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/ikev1/authentication.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/responder.h"
#include "services/iked/engine/timers.h"
#include "services/iked/engine/unanswered.h"

namespace culvert::iked::ikev1 {

using wire::Decoded;
using wire::DecodeError;
using wire::ikev1::HashPayload;
using wire::ikev1::IdPayload;
using wire::ikev1::OpenedMessage;

namespace {

// If the noise was somebody else's, the peer's own message 5 is on its way.
constexpr absl::Duration kNoisePatience = absl::Seconds(4);

Decoded<OpenedMessage> Open(const IkeSa& sa, base::ByteView datagram) {
  const State& state = *sa.ikev1;
  return wire::ikev1::OpenMessage(*state.suite.encr, state.keys.cipher.view(), state.iv, datagram);
}

// Under keys with that pre-shared key; empty: by signature.
Decoded<OpenedMessage> OpenWith(IkeSa& sa, base::ByteView psk, base::ByteView datagram) {
  if (!DeriveKeys(sa, psk, sa.handshake->shared.view()).ok()) return DecodeError::kCiphertext;
  return Open(sa, datagram);
}

bool Proves(IkeSa& sa, const OpenedMessage& opened) {
  if (opened.message.Get<IdPayload>() == nullptr) return false;
  TakePeerId(sa, opened.message);
  return ProvesKey(sa, opened.message);
}

Decoded<OpenedMessage> OpenMessageFive(Core& core, IkeSa& sa, base::ByteView datagram) {
  Handshake& handshake = *sa.handshake;
  const bool signs = BySignature(sa.ikev1->phase1->method);
  const SecretConfig* const secret = signs ? nullptr : FindPeerSecret(core, sa, {}, {});
  if (!signs && secret == nullptr) return DecodeError::kCiphertext;
  Decoded<OpenedMessage> opened = OpenWith(sa, signs ? base::ByteView() : secret->psk.view(), datagram);
  if (!signs) {
    handshake.auth.secret = secret->name;
    const bool current = opened.ok() && Proves(sa, *opened);
    if (!current && !secret->psk_previous.empty()) {
      Decoded<OpenedMessage> by_previous = OpenWith(sa, secret->psk_previous.view(), datagram);
      if (by_previous.ok() && Proves(sa, *by_previous)) opened = std::move(by_previous);
    }
  }
  if (opened.ok()) handshake.shared = {};
  return opened;
}

}  // namespace

Decoded<OpenedMessage> OpenPhase1(Core& core, IkeSa& sa, base::ByteView datagram) {
  if (!sa.initiator && sa.ikev1->step == Step::kKeAnswered) return OpenMessageFive(core, sa, datagram);
  if (sa.ikev1->keys.cipher.empty()) return DecodeError::kEncryptionFlag;
  return Open(sa, datagram);
}

void OnNoise(Core& core, IkeSa& sa, const Datagram& datagram) {
  Phase1& phase1 = *sa.ikev1->phase1;
  if (sa.initiator || sa.ikev1->step != Step::kKeAnswered || std::exchange(phase1.noise, true)) return;
  Circumstance here = Here(core, sa);
  if (const Tunnel* tunnel = core.FindTunnel(phase1.tunnel)) here.tunnel = tunnel->name();
  const bool signs = BySignature(phase1.method);
  const SecretConfig* const secret = signs ? nullptr : FindPeerSecret(core, sa, {}, {});
  ReportRefusal(core, signs               ? InvalidMessage(here, "message 5 does not decrypt")
                      : secret == nullptr ? NoSecretForPeer(here, ipsec::Identity::Of(sa.local.address),
                                                            ipsec::Identity::Of(sa.remote.address))
                                          : KeysMakeNoise(here, secret->name));
  Rebut(core, sa, datagram, wire::ikev1::NotifyType::kPayloadMalformed);
  core.Arm(TimerKind::kHalfOpen, sa.local_spi, core.clock.Monotonic() + kNoisePatience);
}

}  // namespace culvert::iked::ikev1
