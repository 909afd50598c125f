// SPDX-License-Identifier: Apache-2.0
// What IKE_AUTH remembers from one message or computation to the next.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/secret.h"
#include "libs/eap/session.h"
#include "libs/ipsec/identity.h"
#include "libs/pki/certificate.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/config.h"

namespace culvert::iked {

struct AuthProgress {
  wire::ikev2::Message message;              // the peer's, with its identity; the responder's with its offer too
  std::optional<wire::ikev2::Message> last;  // after EAP: the one with AUTH
  ipsec::Identity peer;                      // who it says it is
  std::array<uint8_t, 3> peer_reserved{};    // of its ID payload as sent: AUTH covers it
  base::Secret psk;                          // initiator: that our AUTH is made with; responder: that the peer's was
  std::string secret;                        // and its name

  // What we sign with.
  wire::ikev2::AuthMethod method = wire::ikev2::AuthMethod::kDigitalSignature;
  std::vector<pki::CertificatePtr> own_certificates;

  // EAP. A job has the session to itself while it runs.
  std::shared_ptr<eap::Session> eap;
  bool eap_refused = false;  // by us, and it was told; the peer may still owe the answer that ends the session
  base::Secret msk;          // once it has succeeded: both sides' AUTH is made with it (RFC 7296 2.16)

  // Responder: under which tunnel the peer is judged, and as whom we answer. A tunnel may change or go meanwhile.
  uint64_t tunnel = 0;
  std::shared_ptr<const TunnelConfig> config;
  ipsec::Identity own;

  // The message whose AUTH proves the peer.
  const wire::ikev2::Message& proof() const { return last ? *last : message; }
};

inline void TakePeer(AuthProgress& auth, const wire::ikev2::IdPayload& id) {
  auth.peer = id.identity;
  auth.peer_reserved = id.reserved;
}

// How the peer proves who it is; without AUTH it asks for EAP.
inline AuthKind KindOf(const wire::ikev2::Message& message) {
  const auto* auth = message.Get<wire::ikev2::AuthPayload>();
  if (auth == nullptr) return AuthKind::kEap;
  return auth->method == wire::ikev2::AuthMethod::kSharedKey ? AuthKind::kPsk : AuthKind::kX509;
}
inline std::string MethodOf(const wire::ikev2::Message& message) {
  const auto* auth = message.Get<wire::ikev2::AuthPayload>();
  return auth == nullptr ? "EAP" : ToString(auth->method);
}

}  // namespace culvert::iked
