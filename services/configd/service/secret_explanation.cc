// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/secret_explanation.h"

#include "libs/base/status_macros.h"
#include "libs/ipsec/secret_match.h"
#include "services/configd/rules/secret_list.h"

namespace culvert::configd {
namespace {

absl::StatusOr<base::IpAddress> AddressOf(const std::string& text) {
  if (text.empty()) return base::IpAddress();
  return base::IpAddress::Parse(text);
}

}  // namespace

absl::StatusOr<config::v1::ExplainSecretResponse> ExplainSecretChoice(const config::v1::Configuration& configuration,
                                                                      const config::v1::ExplainSecretRequest& request) {
  using config::v1::IkeMode;
  using config::v1::IkeVersion;
  ipsec::SecretQuery query;
  ASSIGN_OR_RETURN(query.local, ipsec::Identity::Parse(request.local_id()));
  ASSIGN_OR_RETURN(query.remote, ipsec::Identity::Parse(request.remote_id()));
  ASSIGN_OR_RETURN(query.local_address, AddressOf(request.local_address()));
  ASSIGN_OR_RETURN(query.remote_address, AddressOf(request.remote_address()));
  query.addresses_only = request.version() == IkeVersion::IKEV1 && request.mode() != IkeMode::AGGRESSIVE;

  config::v1::ExplainSecretResponse response;
  const ipsec::SecretMatcher matcher(SecretListOf(configuration));
  for (const ipsec::SecretCandidate& found : matcher.Explain(query)) {
    auto& candidate = *response.add_candidates();
    candidate.set_secret(matcher.secrets()[found.index].name);
    candidate.set_matches(found.matches);
    candidate.set_used(found.used);
    candidate.set_reason(found.reason);
  }
  return response;
}

}  // namespace culvert::configd
