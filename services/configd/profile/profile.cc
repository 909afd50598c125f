// SPDX-License-Identifier: Apache-2.0
#include "services/configd/profile/profile.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <vector>

#include "services/configd/profile/defaults.h"
#include "services/configd/profile/proposal_spelling.h"

namespace culvert::configd {
namespace {

using config::v1::Authentication;
using config::v1::AuthenticationSide;
using config::v1::Tunnel;
using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A merge takes a typed "0s" for nothing, since the number inside a Duration has no presence: copied whole instead.
void CopyDurations(const Message& typed, Message* tunnel) {
  const auto* reflection = typed.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(typed, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr || field->is_repeated()) continue;
    const Message& part = reflection->GetMessage(typed, field);
    Message* to = reflection->MutableMessage(tunnel, field);
    field->message_type() == Duration::descriptor() ? to->CopyFrom(part) : CopyDurations(part, to);
  }
}

// Three fields → a string; nothing typed → the profile's; accept_defaults adds the modern ones to what was typed.
template <typename Phase>
void FillProposals(Phase* phase, const ProfileDefaults& defaults, const std::vector<std::string>& own,
                   const std::vector<std::string>& more) {
  auto* proposals = phase->mutable_proposals();
  if (proposals->empty() && SpelledByFields(*phase)) *proposals->Add() = ProposalOf(*phase, defaults);
  if (proposals->empty()) proposals->Add(own.begin(), own.end());
  if (!phase->accept_defaults()) return;
  for (const std::string& proposal : more) {
    if (std::find(proposals->begin(), proposals->end(), proposal) == proposals->end()) *proposals->Add() = proposal;
  }
}

void FillMargin(const Duration& lifetime, bool typed, Duration* margin) {
  if (!typed) margin->set_seconds(lifetime.seconds() / 10);  // rekey at 90 %
}

void FillSide(const Authentication& short_form, AuthenticationSide* side) {
  if (side->method_case() != AuthenticationSide::METHOD_NOT_SET) return;
  if (short_form.has_x509()) {
    *side->mutable_x509() = short_form.x509();
  } else if (short_form.has_eap()) {
    side->mutable_eap();
  } else {
    side->mutable_psk();  // the manual's default
  }
}

void FillAuthentication(Authentication* authentication) {
  FillSide(*authentication, authentication->mutable_local());
  FillSide(*authentication, authentication->mutable_remote());
  authentication->clear_psk();
  authentication->clear_x509();
  authentication->clear_eap();
}

}  // namespace

bool ServesAnyPeer(const Tunnel& tunnel) {
  return tunnel.remote().endpoint() == "any" && tunnel.remote().endpoints().empty();
}

Tunnel EffectiveTunnel(const Tunnel& typed) {
  const ProfileDefaults& defaults = DefaultsOf(typed.profile());
  const ProfileDefaults& modern = DefaultsOf(config::v1::Profile::MODERN);
  Tunnel tunnel = defaults.tunnel;
  tunnel.MergeFrom(typed);
  CopyDurations(typed, &tunnel);
  if (ServesAnyPeer(typed)) {  // nobody to start with, nobody to start again with
    if (!typed.has_startup()) tunnel.set_startup(config::v1::Startup::ADD);
    if (!typed.dpd().has_action()) tunnel.mutable_dpd()->set_action(config::v1::DpdAction::CLEAR);
  }
  if (!typed.dpd().has_timeout()) {
    tunnel.mutable_dpd()->mutable_timeout()->set_seconds(std::max<int64_t>(150, 2 * tunnel.dpd().delay().seconds()));
  }
  auto* ike = tunnel.mutable_ike();
  auto* esp = tunnel.mutable_esp();
  FillProposals(ike, defaults, defaults.ike_proposals, modern.ike_proposals);
  FillProposals(esp, defaults, defaults.esp_proposals, modern.esp_proposals);
  ike->clear_encryption(), ike->clear_hash(), ike->clear_dh_group();
  esp->clear_encryption(), esp->clear_hash(), esp->clear_pfs_group();
  FillMargin(ike->lifetime(), typed.ike().has_rekey_margin(), ike->mutable_rekey_margin());
  FillMargin(esp->lifetime(), typed.esp().has_rekey_margin(), esp->mutable_rekey_margin());
  FillAuthentication(tunnel.mutable_authentication());
  return tunnel;
}

config::v1::Gateway EffectiveGateway(const config::v1::Gateway& typed) {
  config::v1::Gateway gateway;
  gateway.set_half_open_limit(100'000);
  gateway.set_cookie_threshold(64);
  gateway.MergeFrom(typed);
  return gateway;
}

config::v1::Configuration Effective(const config::v1::Configuration& typed) {
  config::v1::Configuration effective = typed;
  for (Tunnel& tunnel : *effective.mutable_tunnels()) tunnel = EffectiveTunnel(tunnel);
  *effective.mutable_gateway() = EffectiveGateway(typed.gateway());
  return effective;
}

}  // namespace culvert::configd
