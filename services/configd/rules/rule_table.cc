// SPDX-License-Identifier: Apache-2.0
#include "services/configd/rules/rule.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {

std::span<const Rule<TunnelView>> TunnelRules() {
  static const std::vector<Rule<TunnelView>> kRules = {
      {"addresses",
       CheckAddresses,
       {Code::REQUIRED, Code::CONFLICT, Code::FAMILY_MISMATCH, Code::ADDRESS_NOT_LOCAL, Code::ENDPOINT_IS_LOCAL}},
      {"subnets",
       CheckSubnets,
       {Code::MIXED_FAMILIES, Code::TOO_MANY_SUBNET_PAIRS, Code::TRANSPORT_WITH_SUBNETS, Code::TRANSPORT_BEHIND_NAT,
        Code::SUBNET_NOT_LOCAL, Code::REMOTE_COVERS_LAN}},
      {"selector ports", CheckSelectorPorts, {Code::OUT_OF_RANGE, Code::CONFLICT}},
      {"proposals",
       CheckProposals,
       {Code::PROPOSAL_SPELLED_TWICE, Code::WEAK_ALGORITHM, Code::PFS_NOT_NEGOTIATED_AT_FIRST}},
      {"proposals of IKEv1", CheckIkev1Proposals, {Code::NOT_IN_IKEV1, Code::AGGRESSIVE_NEEDS_ONE_GROUP}},
      {"lifetimes", CheckLifetimes, {Code::OUT_OF_RANGE, Code::LIFETIME_UNUSUAL, Code::CONFLICT}},
      {"dead peer detection",
       CheckDeadPeerDetection,
       {Code::OUT_OF_RANGE, Code::DPD_TIMEOUT_TOO_SHORT, Code::NO_DEAD_PEER_DETECTION}},
      {"ranges", CheckRanges, {Code::OUT_OF_RANGE}},
      {"IKE version",
       CheckIkeVersion,
       {Code::IGNORED_IN_IKEV2, Code::NOT_IN_IKEV1, Code::IKEV1_DEPRECATED, Code::CONFLICT}},
      {"authentication", CheckAuthentication, {Code::CONFLICT, Code::WEAK_AGGRESSIVE_PSK, Code::NOT_IN_IKEV1}},
      {"any peer", CheckAnyPeer, {Code::CONFLICT, Code::ANY_REMOTE_CANNOT_INITIATE}},
      {"XAUTH and EAP", CheckXauthAndEap, {Code::XAUTH_WITH_IKEV2, Code::REQUIRED, Code::CONFLICT}},
      {"virtual addresses", CheckVirtualIps, {Code::BAD_ADDRESS, Code::CONFLICT}},
      {"passthrough", CheckPassthrough, {Code::BAD_PASSTHROUGH, Code::BAD_SUBNET, Code::HOST_BITS_MASKED}},
      {"custom options",
       CheckCustomOptions,
       {Code::OPTION_REFUSED, Code::UNKNOWN_OPTION, Code::BAD_OPTION_VALUE, Code::NOT_YET_SUPPORTED}},
      {"supported", CheckTunnelSupported, {Code::NOT_YET_SUPPORTED}},
  };
  return kRules;
}

std::span<const Rule<ConfigurationView>> ConfigurationRules() {
  static const std::vector<Rule<ConfigurationView>> kRules = {
      {"form", CheckForm, {Code::TOO_LONG, Code::CONTROL_CHARACTER}},
      {"names", CheckNames, {Code::REQUIRED, Code::BAD_NAME, Code::RESERVED_NAME, Code::DUPLICATE_NAME}},
      {"references", CheckReferences, {Code::UNKNOWN_REFERENCE}},
      {"secrets",
       CheckSecrets,
       {Code::SECRET_ENCODING, Code::SECRET_LENGTH, Code::WEAK_SECRET, Code::SECRET_VALUE_MISSING, Code::NOT_CHECKED,
        Code::BAD_IDENTIFIER}},
      {"order of secrets", CheckSecretOrder, {Code::SECRET_SHADOWED, Code::SELECTOR_UNUSABLE_IKEV1_MAIN}},
      {"secrets in aggressive mode", CheckAggressiveSecrets, {Code::WEAK_SECRET}},
      {"secrets for tunnels", CheckSecretsServe, {Code::SECRET_MISSING}},
      {"certificates",
       CheckCertificates,
       {Code::REQUIRED, Code::BAD_CERTIFICATE, Code::WEAK_KEY, Code::BAD_PRIVATE_KEY, Code::KEY_DOES_NOT_MATCH,
        Code::CA_MISSING, Code::NOT_IN_IKEV1, Code::SECRET_VALUE_MISSING, Code::NOT_CHECKED, Code::BAD_IDENTIFIER}},
      {"overlaps", CheckOverlaps, {Code::SELECTOR_OVERLAP}},
      {"gateway", CheckGateway, {Code::OUT_OF_RANGE, Code::CONFLICT, Code::BAD_ADDRESS}},
      {"pools", CheckPools, {Code::REQUIRED, Code::BAD_SUBNET, Code::HOST_BITS_MASKED, Code::BAD_ADDRESS}},
      {"host", CheckHostKnown, {Code::NOT_CHECKED, Code::UNKNOWN_INTERFACE}},
      {"supported beside tunnels", CheckRestSupported, {Code::NOT_YET_SUPPORTED}},
  };
  return kRules;
}

}  // namespace culvert::configd
