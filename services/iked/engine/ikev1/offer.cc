// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/offer.h"

#include <algorithm>

#include "libs/wire/ikev1/payload_rules.h"
#include "services/iked/engine/ikev1/phase1.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::AuthMethod;
using wire::ikev1::Phase1Choice;
using wire::ikev1::SaPayload;

namespace {

// IKEv1 has one method for both sides.
struct Row {
  AuthKind kind;
  bool xauth;
  bool client_initiates;  // of XAUTH
  AuthMethod method;
  absl::string_view words;
};
constexpr Row kRows[] = {
    {AuthKind::kPsk, false, false, AuthMethod::kPreSharedKey, "pre-shared key"},
    {AuthKind::kX509, false, false, AuthMethod::kRsaSignature, "RSA signatures"},
    {AuthKind::kPsk, true, true, AuthMethod::kXauthInitPreShared, "pre-shared key with XAUTH of the initiator"},
    {AuthKind::kPsk, true, false, AuthMethod::kXauthRespPreShared, "pre-shared key with XAUTH of the responder"},
    {AuthKind::kX509, true, true, AuthMethod::kXauthInitRsa, "RSA signatures with XAUTH of the initiator"},
    {AuthKind::kX509, true, false, AuthMethod::kXauthRespRsa, "RSA signatures with XAUTH of the responder"},
};

}  // namespace

AuthMethod MethodOf(const TunnelConfig& config, bool initiator) {
  const bool xauth = config.xauth != nullptr;
  const bool client_initiates = xauth && config.xauth->client(initiator) == initiator;
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) {
    return r.kind == config.authentication.local && r.xauth == xauth && r.client_initiates == client_initiates;
  });
  return row == std::end(kRows) ? AuthMethod::kPreSharedKey : row->method;
}

absl::string_view Describe(AuthMethod method) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.method == method; });
  return row == std::end(kRows) ? "a method that is not known here" : row->words;
}

bool BySignature(AuthMethod method) {
  return wire::ikev1::ProofOf(method) == wire::ikev1::Proof::kSignature;
}

SaPayload OfferOf(const TunnelConfig& config) {
  return wire::ikev1::Phase1Offer(config.ike_proposals, MethodOf(config, /*initiator=*/true),
                                  static_cast<uint32_t>(absl::ToInt64Seconds(config.ike_lifetime)));
}

std::optional<Phase1Choice> Choose(const TunnelConfig& config, const SaPayload& offer) {
  const AuthMethod method = MethodOf(config, /*initiator=*/false);
  return wire::ikev1::ChoosePhase1(config.ike_proposals, {&method, 1}, offer);
}

void Adopt(State& state, const TunnelConfig& config, const Phase1Choice& choice) {
  state.suite = choice.suite;
  state.prf = *crypto::Prf::Create(*choice.suite.prf);  // of a suite that was chosen there is one
  state.lifetime = config.ike_lifetime;
  if (choice.life_seconds) {
    const auto seconds = static_cast<int64_t>(std::min<uint64_t>(*choice.life_seconds, uint64_t{1} << 32));
    state.lifetime = std::min(state.lifetime, absl::Seconds(seconds));
  }
  state.phase1->method = choice.method;
  state.phase1->answer = choice.answer;
}

}  // namespace culvert::iked::ikev1
