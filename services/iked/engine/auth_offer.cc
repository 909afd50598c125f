// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/auth_offer.h"

#include <algorithm>

#include "libs/pki/signature_scheme.h"

namespace culvert::iked {

using wire::ikev2::CertReqPayload;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

namespace {

constexpr size_t kMaxAnchorsNamed = 32;  // a CERTREQ is a hint, and must not make the answer huge

bool Signs(const TunnelConfig& tunnel) {
  return tunnel.authentication.local == AuthKind::kX509 || tunnel.authentication.remote == AuthKind::kX509;
}

NotifyPayload OurHashes() {
  NotifyPayload hashes{.type = NotifyType::kSignatureHashAlgorithms};
  for (const uint16_t hash : pki::kSupportedHashes) {
    hashes.data.push_back(static_cast<uint8_t>(hash >> 8));
    hashes.data.push_back(static_cast<uint8_t>(hash));
  }
  return hashes;
}

}  // namespace

void AppendAuthOffer(Payloads& payloads, const TunnelConfig& tunnel) {
  if (tunnel.authentication.ppk != nullptr) payloads.push_back(NotifyPayload{.type = NotifyType::kUsePpk});
  if (Signs(tunnel)) payloads.push_back(OurHashes());
}

void NoteAuthOffer(Handshake& handshake, const Message& message, const TunnelConfigs& tunnels) {
  handshake.use_ppk = message.Has(NotifyType::kUsePpk) && std::any_of(tunnels.begin(), tunnels.end(), [](auto* t) {
                        return t->authentication.ppk != nullptr;
                      });
  handshake.peer_wants_ocsp = AsksForOcsp(message);
  // The responder alone says so (RFC 6023 3).
  const bool said = !message.header.is_response() || message.Has(NotifyType::kChildlessIkev2Supported);
  handshake.childless = said && std::any_of(tunnels.begin(), tunnels.end(), [](auto* t) { return t->childless; });
  const NotifyPayload* hashes = message.GetNotify(NotifyType::kSignatureHashAlgorithms);
  if (hashes == nullptr || std::none_of(tunnels.begin(), tunnels.end(), [](auto* t) { return Signs(*t); })) return;
  handshake.peer_hashes.emplace();
  for (size_t i = 0; i + 1 < hashes->data.size(); i += 2) {
    handshake.peer_hashes->push_back(static_cast<uint16_t>(hashes->data[i] << 8 | hashes->data[i + 1]));
  }
}

void AppendAuthAnswer(Payloads& payloads, const Handshake& handshake, const Certificates& certificates,
                      const TunnelConfigs& tunnels) {
  if (handshake.use_ppk) payloads.push_back(NotifyPayload{.type = NotifyType::kUsePpk});
  if (handshake.peer_hashes) payloads.push_back(OurHashes());
  if (handshake.childless) payloads.push_back(NotifyPayload{.type = NotifyType::kChildlessIkev2Supported});
  std::vector<pki::CertificatePtr> anchors;
  for (const TunnelConfig* tunnel : tunnels) {
    if (tunnel->authentication.remote != AuthKind::kX509) continue;
    for (pki::CertificatePtr& anchor : certificates.Anchors(tunnel->authentication)) {
      if (std::find(anchors.begin(), anchors.end(), anchor) == anchors.end()) anchors.push_back(std::move(anchor));
    }
  }
  AppendCertificateRequest(payloads, anchors, certificates.revocation);
}

bool AsksForOcsp(const Message& message) {
  const auto requests = message.All<CertReqPayload>();
  return std::any_of(requests.begin(), requests.end(), [](const CertReqPayload* request) {
    return request->encoding == wire::ikev2::CertEncoding::kOcsp;
  });
}

void AppendCertificateRequest(Payloads& payloads, const std::vector<pki::CertificatePtr>& anchors,
                              pki::RevocationMode revocation) {
  if (anchors.empty()) return;
  CertReqPayload request;
  for (size_t i = 0; i < std::min(anchors.size(), kMaxAnchorsNamed); ++i) {
    const pki::SpkiHash& hash = anchors[i]->spki_hash();
    request.data.insert(request.data.end(), hash.begin(), hash.end());
  }
  payloads.push_back(std::move(request));
  // No responder is named: whom the CA lets answer counts (RFC 4806 3.1).
  if (revocation != pki::RevocationMode::kDisabled) {
    payloads.push_back(CertReqPayload{wire::ikev2::CertEncoding::kOcsp, {}});
  }
}

}  // namespace culvert::iked
