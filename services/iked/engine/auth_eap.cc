// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/auth_eap.h"

#include "libs/eap/tls.h"
#include "services/iked/engine/diagnoses_authentication.h"
#include "services/iked/engine/diagnoses_certificate.h"

namespace culvert::iked {
namespace {

// Our own name as EAP carries it: the octets of a name, the text of anything else.
std::string NameOf(const ipsec::Identity& identity) {
  const bool text = identity.type == ipsec::IdType::kFqdn || identity.type == ipsec::IdType::kEmail;
  return text ? std::string(base::AsText(identity.bytes)) : identity.ToString();
}

std::unique_ptr<eap::Method> MakeTls(const Core& core, const TunnelConfig& config, eap::Tls::Role role) {
  const Certificates& certificates = core.config->certificates;
  eap::TlsCredentials credentials;
  if (const CertificateConfig* own = certificates.Own(config.authentication)) {
    credentials.certificate = own->certificate;
    credentials.chain = own->chain;
    credentials.key = own->key;
  }
  credentials.anchors = certificates.Anchors(config.authentication);
  credentials.revocation = certificates.revocation;
  credentials.evidence = certificates.evidence;
  return std::make_unique<eap::Tls>(role, std::move(credentials));
}

}  // namespace

std::shared_ptr<eap::Session> MakeEapPeer(const Core& core, const TunnelConfig& config, const ipsec::Identity& own) {
  const EapConfig& ours = *config.authentication.eap;
  std::string name = ours.identity.empty() ? NameOf(own) : ours.identity;
  std::unique_ptr<eap::Method> method;
  if (ours.method == EapMethod::kTls) {
    method = MakeTls(core, config, eap::Tls::Role::kPeer);
  } else {
    method = std::make_unique<eap::MschapV2Peer>(name, ours.password.view());
  }
  return std::make_shared<eap::Peer>(std::move(method), std::move(name));
}

std::shared_ptr<eap::Server> MakeEapServer(const Core& core, const TunnelConfig& config, const ipsec::Identity& own) {
  const EapConfig& ours = *config.authentication.eap;
  std::unique_ptr<eap::Method> method;
  if (ours.method == EapMethod::kTls) {
    method = MakeTls(core, config, eap::Tls::Role::kServer);
  } else {
    method = std::make_unique<eap::MschapV2Server>(NameOf(own), ours.accounts);
  }
  return std::make_shared<eap::Server>(std::move(method));
}

bool MayServeEap(const Authentication& authentication) {
  return authentication.remote == AuthKind::kEap && authentication.eap != nullptr &&
         authentication.eap->role != ClientServerRole::kClient;
}

bool MayAnswerEap(const Authentication& authentication) {
  return authentication.local == AuthKind::kEap && authentication.eap != nullptr &&
         authentication.eap->role != ClientServerRole::kServer;
}

Diagnosis EapRefused(const Circumstance& c, const eap::Session& session, const eap::Step& step) {
  if (step.failure == eap::Failure::kMethod) return EapMethodMismatch(c, eap::ToString(session.method()), step.why);
  return EapFailed(c, eap::ToString(session.method()), session.identity(), step.why);
}

std::optional<Diagnosis> EapNameMismatch(const Circumstance& c, const eap::Session& session,
                                         const ipsec::Identity& peer) {
  const pki::CertificatePtr certificate = session.peer_certificate();
  if (certificate == nullptr || certificate->Confirms(peer)) return std::nullopt;
  return CertificateRefused(c, {.fault = ProofFault::kIdentity, .what = certificate->Identities(), .chain = {}}, peer);
}

Job EapStepOf(const Core& core, const AuthProgress& auth, const wire::ikev2::Message& message) {
  return EapStep{auth.eap, message.Get<wire::ikev2::EapPayload>()->message, core.clock.Wall()};
}

}  // namespace culvert::iked
