// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/authentication.h"

#include "libs/base/status_macros.h"
#include "libs/crypto/ikev1_keys.h"
#include "libs/wire/ikev1/identification.h"
#include "services/iked/engine/auth_signature.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/diagnoses_certificate.h"
#include "services/iked/engine/diagnoses_ikev1.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/responder.h"
#include "services/iked/engine/ikev1/transitions.h"
#include "services/iked/engine/psk.h"

namespace culvert::iked::ikev1 {

using ipsec::Identity;
using wire::ikev1::CertEncoding;
using wire::ikev1::CertPayload;
using wire::ikev1::CertReqPayload;
using wire::ikev1::HashPayload;
using wire::ikev1::IdPayload;
using wire::ikev1::Message;
using wire::ikev1::NotifyPayload;
using wire::ikev1::SignaturePayload;

namespace {

// The responder believes the SA to be up, so it is told otherwise; nothing of it was ever used here.
bool RefuseResponder(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  SendInformational(core, sa, {NotifyPayload{.type = wire::ikev1::NotifyType::kAuthenticationFailed}});
  SendInformational(core, sa, {wire::ikev1::DeletePayload{.isakmp = {{sa.spi_i(), sa.spi_r()}}}});
  FailConnect(core, sa, TunnelReason::kNegotiationFailed, std::move(diagnosis));
  return false;
}

// Our proof cannot be made: nothing that the peer could do about it.
bool FailOwnProof(Core& core, IkeSa& sa, Diagnosis diagnosis) {
  if (sa.initiator) {
    FailConnect(core, sa, TunnelReason::kNoSecret, std::move(diagnosis));
    return false;
  }
  return RefusePeer(core, sa, core.FindTunnel(sa.handshake->auth.tunnel), std::move(diagnosis));
}

std::vector<pki::CertificatePtr> ChainOf(const CertificateConfig& ours) {
  std::vector<pki::CertificatePtr> chain = {ours.certificate};
  for (const pki::CertificatePtr& issuer : ours.chain) {
    if (!issuer->self_issued()) chain.push_back(issuer);  // a root convinces nobody
  }
  return chain;
}

// The peer's signature of its hash, as the proof of who it says it is.
SignatureToCheck CheckOf(Core& core, const IkeSa& sa, const TunnelConfig& config) {
  const Message& message = sa.ikev1->phase1->proof;
  SignatureToCheck check;
  check.ikev1 = true;
  check.auth = message.Get<SignaturePayload>()->data;
  check.octets = PeerHash(sa);
  for (const CertPayload* certificate : message.All<CertPayload>()) {
    if (certificate->encoding == CertEncoding::kX509Signature) {
      check.certificates.push_back(certificate->data);
    } else {
      CountInvalid(core, "cert_encoding");
    }
  }
  check.identity = sa.handshake->auth.peer;
  check.trust = TrustIn(core, config);
  return check;
}

// HASH_I or HASH_R, by whose it is.
base::Bytes HashOf(const IkeSa& sa, bool initiators, base::ByteView id_body) {
  const State& state = *sa.ikev1;
  const Phase1& phase1 = *state.phase1;
  const base::Bytes sa_body = wire::ikev1::BodyOctets(phase1.offer);
  const crypto::Ikev1Exchange exchange{
      .g_xi = sa.initiator ? phase1.own_public : phase1.peer_public,
      .g_xr = sa.initiator ? phase1.peer_public : phase1.own_public,
      .cookie_i = sa.spi_i(),
      .cookie_r = sa.spi_r(),
      .sa_body = sa_body,
  };
  const base::ByteView skeyid = state.keys.skeyid.view();
  return initiators ? crypto::HashI(state.prf, skeyid, exchange, id_body)
                    : crypto::HashR(state.prf, skeyid, exchange, id_body);
}

}  // namespace

const SecretConfig* FindPeerSecret(const Core& core, const IkeSa& sa, const Identity& local, const Identity& remote) {
  return FindSecret(*core.config, {.local = local,
                                   .remote = remote,
                                   .local_address = sa.local.address,
                                   .remote_address = sa.remote.address,
                                   .addresses_only = sa.ikev1->mode == Mode::kMain});
}

std::optional<Diagnosis> ChooseOwnSecret(const Core& core, IkeSa& sa) {
  if (BySignature(sa.ikev1->phase1->method)) return std::nullopt;
  const SecretConfig* secret = FindPeerSecret(core, sa, sa.local_id, sa.config->remote_identity);
  if (secret == nullptr) return NoSecretForPeer(Here(core, sa), sa.local_id, sa.config->remote_identity);
  const bool previous = sa.tunnel->use_previous_psk && !secret->psk_previous.empty();
  sa.handshake->auth.psk = (previous ? secret->psk_previous : secret->psk).Clone();
  sa.handshake->auth.secret = secret->name;
  return std::nullopt;
}

absl::Status DeriveKeys(IkeSa& sa, base::ByteView psk, base::ByteView g_xy) {
  State& state = *sa.ikev1;
  const Phase1& phase1 = *state.phase1;
  const Handshake& handshake = *sa.handshake;
  const base::ByteView ni = sa.initiator ? handshake.own_nonce : handshake.peer_nonce;
  const base::ByteView nr = sa.initiator ? handshake.peer_nonce : handshake.own_nonce;
  base::Secret skeyid = BySignature(phase1.method) ? crypto::SignatureSkeyid(state.prf, ni, nr, g_xy)
                                                   : crypto::PreSharedSkeyid(state.prf, psk, ni, nr);
  ASSIGN_OR_RETURN(state.keys, crypto::DeriveIkev1Keys(state.suite, std::move(skeyid), g_xy, sa.spi_i(), sa.spi_r()));
  state.iv = crypto::Phase1Iv(state.prf.hash(), sa.initiator ? phase1.own_public : phase1.peer_public,
                              sa.initiator ? phase1.peer_public : phase1.own_public, *state.suite.encr);
  return absl::OkStatus();
}

base::Bytes OwnHash(const IkeSa& sa) {
  return HashOf(sa, sa.initiator, sa.ikev1->phase1->own_id);
}

base::Bytes PeerHash(const IkeSa& sa) {
  return HashOf(sa, !sa.initiator, sa.ikev1->phase1->peer_id);
}

bool ProvesKey(const IkeSa& sa, const Message& message) {
  const HashPayload* hash = message.Get<HashPayload>();
  return hash != nullptr && base::EqualConstantTime(PeerHash(sa), hash->data);
}

IdPayload TakeOwnId(IkeSa& sa, const Identity& own) {
  IdPayload id = wire::ikev1::ToIdPayload(own);
  sa.ikev1->phase1->own_id = wire::ikev1::BodyOctets(id);
  return id;
}

std::optional<Identity> TakePeerId(IkeSa& sa, const Message& message) {
  const IdPayload& id = *message.Get<IdPayload>();
  sa.ikev1->phase1->peer_id = wire::ikev1::BodyOctets(id);
  return wire::ikev1::ToIdentity(id);
}

void AppendProof(Payloads& payloads, const IkeSa& sa, JobResult* result) {
  if (result == nullptr) {
    payloads.push_back(HashPayload{OwnHash(sa)});
    return;
  }
  for (const pki::CertificatePtr& certificate : sa.ikev1->phase1->certificates) {
    payloads.push_back(CertPayload{CertEncoding::kX509Signature, base::ToBytes(certificate->der())});
  }
  payloads.push_back(SignaturePayload{std::get<Proven>(**result).auth.front()});
}

void AppendCertificateRequest(Payloads& payloads, const IkeSa& sa) {
  if (!BySignature(sa.ikev1->phase1->method)) return;
  payloads.push_back(CertReqPayload{});  // of any CA: a list of names would tell strangers whom we trust
}

wire::ikev1::NotifyPayload InitialContact(const IkeSa& sa) {
  return {.type = wire::ikev1::NotifyType::kInitialContact,
          .spi = wire::ikev1::CookiePair{sa.spi_i(), sa.spi_r()}.bytes()};
}

std::optional<Diagnosis> JudgeProof(const Circumstance& here, const IkeSa& sa, const JobResult* result) {
  if (result != nullptr) {
    if (!result->ok()) return NotSupported(here, "authentication.local.x509.certificate", result->status().message());
    const ProofVerdict& verdict = std::get<Proven>(**result).verdict;
    if (verdict.fault == ProofFault::kNone) return std::nullopt;
    return CertificateRefused(here, verdict, sa.handshake->auth.peer);
  }
  if (ProvesKey(sa, sa.ikev1->phase1->proof)) return std::nullopt;
  const AuthProgress& auth = sa.handshake->auth;
  return HashMismatch(here, auth.secret, sa.initiator ? sa.local_id : auth.own, auth.peer);
}

bool AskProofs(Core& core, IkeSa& sa, bool check) {
  Phase1& phase1 = *sa.ikev1->phase1;
  if (!BySignature(phase1.method)) return true;  // a pre-shared key's are at hand
  const TunnelConfig& config = sa.initiator ? *sa.config : *sa.handshake->auth.config;
  Prove prove;
  if (check) prove.check = CheckOf(core, sa, config);
  if (!std::exchange(phase1.signing, true)) {
    const CertificateConfig* const ours = core.config->certificates.Own(config.authentication);
    if (ours == nullptr) {
      return FailOwnProof(core, sa, OwnCertificateMissing(Here(core, sa), config.authentication.certificate));
    }
    phase1.certificates = ChainOf(*ours);
    prove.make = SignatureToMake{.ikev1 = true, .key = ours->key, .octets = {OwnHash(sa)}};
  }
  if (prove.check || prove.make) AskPhase1(core, sa, Priority::kProven, std::move(prove));
  return true;
}

bool OwnProofMade(Core& core, IkeSa& sa, const JobResult* result) {
  if (result == nullptr || result->ok()) return true;
  return FailOwnProof(
      core, sa, NotSupported(Here(core, sa), "authentication.local.x509.certificate", result->status().message()));
}

bool OnPeerVerified(Core& core, IkeSa& sa, Occasion& occasion) {
  const ipsec::Identity& peer = sa.handshake->auth.peer;
  if (std::optional<Diagnosis> refusal = JudgeProof(Here(core, sa), sa, occasion.result)) {
    return RefuseResponder(core, sa, *std::move(refusal));
  }
  if (!sa.config->remote_identity.Matches(peer)) {
    return RefuseResponder(core, sa, PeerIdMismatch(Here(core, sa), sa.config->remote_identity.ToString(), peer));
  }
  sa.remote_id = peer;
  return true;
}

}  // namespace culvert::iked::ikev1
