// SPDX-License-Identifier: Apache-2.0
#include "services/configd/projection/projected_authentication.h"

#include "services/configd/rules/psk_text.h"

namespace culvert::configd {
namespace {

using config::v1::AuthenticationSide;
using config::v1::AuthMethod;
using config::v1::Configuration;

AuthMethod::Value MethodOf(const AuthenticationSide& side) {
  switch (side.method_case()) {
    case AuthenticationSide::kX509:
      return AuthMethod::X509;
    case AuthenticationSide::kEap:
      return AuthMethod::EAP;
    default:
      return AuthMethod::PSK;
  }
}

void SetPpk(const config::v1::Ppk& typed, const Configuration& configuration,
            config::v1::IkeAuthentication* projected) {
  for (const config::v1::Secret& secret : configuration.secrets()) {
    if (secret.name() != typed.id()) continue;
    const absl::StatusOr<base::Secret> value = DecodePsk(secret.psk());
    if (!value.ok()) return;
    projected->set_ppk_id(typed.id());
    projected->mutable_ppk()->assign(base::AsText(value->view()).data(), value->size());
    projected->set_ppk_required(typed.required());
    return;
  }
}

}  // namespace

config::v1::IkeAuthentication IkeAuthenticationOf(const config::v1::Tunnel& effective,
                                                  const Configuration& configuration) {
  const auto& authentication = effective.authentication();
  config::v1::IkeAuthentication projected;
  projected.set_local(MethodOf(authentication.local()));
  projected.set_remote(MethodOf(authentication.remote()));
  projected.set_certificate(authentication.local().x509().certificate());
  *projected.mutable_remote_cas() = authentication.remote().x509().ca();
  if (authentication.has_ppk()) SetPpk(authentication.ppk(), configuration, &projected);
  return projected;
}

}  // namespace culvert::configd
