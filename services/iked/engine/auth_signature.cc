// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/auth_signature.h"

#include "services/iked/engine/diagnoses_certificate.h"
#include "services/iked/engine/psk.h"

namespace culvert::iked {

using wire::ikev2::AuthMethod;
using wire::ikev2::AuthPayload;
using wire::ikev2::CertEncoding;
using wire::ikev2::CertPayload;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

std::variant<SignatureToMake, Diagnosis> PrepareSignature(const Circumstance& here, const Core& core, IkeSa& sa,
                                                          const TunnelConfig& config, const ipsec::Identity& own,
                                                          const PpkConfig* ppk, bool also_without) {
  Handshake& handshake = *sa.handshake;
  const Authentication& authentication = config.authentication;
  const CertificateConfig* const ours = core.config->certificates.Own(authentication);
  if (ours == nullptr) return OwnCertificateMissing(here, authentication.certificate);
  const pki::KeyType key = ours->key->type();
  const std::optional<pki::SignatureScheme> scheme =
      handshake.peer_hashes ? pki::ChooseScheme(key, *handshake.peer_hashes) : pki::LegacyScheme(key);
  if (!scheme) return NoCommonSignature(here, pki::ToString(key), handshake.peer_hashes.has_value());

  SignatureToMake make{.key = ours->key, .scheme = *scheme};
  const auto add = [&](const PpkConfig* mixed) {
    const AuthKeys keys = AuthKeysOf(sa, mixed);
    make.octets.push_back(
        SignedOctets(sa.crypto->prf, {*handshake.own_message, handshake.peer_nonce, keys.own.view(), own}));
  };
  add(ppk);
  if (ppk != nullptr && also_without) add(nullptr);
  const pki::CertificatePtr signer = handshake.peer_wants_ocsp ? core.config->certificates.IssuerOf(*ours) : nullptr;
  if (signer != nullptr) {
    make.ocsp = OcspToSend{ours->certificate, signer, core.clock.Wall(), core.config->certificates.evidence};
  }
  handshake.auth.method = static_cast<AuthMethod>(pki::InfoOf(*scheme).auth_method);
  handshake.auth.own_certificates = {ours->certificate};
  for (const pki::CertificatePtr& issuer : ours->chain) {
    if (!issuer->self_issued()) handshake.auth.own_certificates.push_back(issuer);  // a root convinces nobody
  }
  return make;
}

void AppendSignature(Payloads& payloads, const AuthProgress& auth, const Proven& made) {
  for (const pki::CertificatePtr& certificate : auth.own_certificates) {
    payloads.push_back(CertPayload{CertEncoding::kX509Signature, base::ToBytes(certificate->der())});
  }
  if (!made.ocsp.empty()) payloads.push_back(CertPayload{CertEncoding::kOcsp, made.ocsp});
  payloads.push_back(AuthPayload{auth.method, made.auth.front()});
  if (made.auth.size() > 1) payloads.push_back(NotifyPayload{.type = NotifyType::kNoPpkAuth, .data = made.auth.back()});
}

pki::ChainQuestion TrustIn(const Core& core, const TunnelConfig& config) {
  pki::ChainQuestion trust;
  trust.anchors = core.config->certificates.Anchors(config.authentication);
  trust.now = core.clock.Wall();
  trust.mode = core.config->certificates.revocation;
  trust.evidence = core.config->certificates.evidence;
  return trust;
}

SignatureToCheck CheckOf(Core& core, const IkeSa& sa, const TunnelConfig& config, const Message& message,
                         const ipsec::Identity& peer, const PpkConfig* ppk, const base::Bytes* fallback) {
  const Handshake& handshake = *sa.handshake;
  const AuthPayload& auth = *message.Get<AuthPayload>();
  const AuthKeys keys = AuthKeysOf(sa, ppk);
  SignatureToCheck check;
  check.method = static_cast<uint8_t>(auth.method);
  check.auth = fallback != nullptr ? *fallback : auth.data;
  check.octets = SignedOctets(sa.crypto->prf, {handshake.peer_message, handshake.own_nonce, keys.peer.view(), peer,
                                               handshake.auth.peer_reserved});
  for (const CertPayload* certificate : message.All<CertPayload>()) {
    if (certificate->encoding == CertEncoding::kX509Signature) {
      check.certificates.push_back(certificate->data);
    } else if (certificate->encoding == CertEncoding::kOcsp && check.ocsp_answers.size() < pki::kMaxStapled) {
      check.ocsp_answers.push_back(certificate->data);
    } else {  // hash and URL among them: HTTP_CERT_LOOKUP_SUPPORTED is never sent (RFC 7296 3.6)
      CountInvalid(core, "cert_encoding");
    }
  }
  check.identity = peer;
  check.trust = TrustIn(core, config);
  return check;
}

}  // namespace culvert::iked
