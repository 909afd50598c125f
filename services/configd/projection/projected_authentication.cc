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

bool UsesEap(const config::v1::Authentication& authentication) {
  return authentication.local().has_eap() || authentication.remote().has_eap();
}

void SetUsers(const google::protobuf::RepeatedPtrField<config::v1::User>& typed,
              google::protobuf::RepeatedPtrField<config::v1::IkeUser>* projected) {
  for (const config::v1::User& user : typed) {
    config::v1::IkeUser& known = *projected->Add();
    known.set_name(user.name());
    known.set_password(user.password());
  }
}

void SetEap(const config::v1::Eap& typed, config::v1::IkeEap* projected) {
  projected->set_method(typed.has_method() ? typed.method() : config::v1::EapMethod::MSCHAPV2);
  projected->set_role(typed.has_role() ? typed.role() : config::v1::ClientServerRole::AUTO);
  projected->set_identity(typed.identity());
  projected->set_password(typed.password());
  SetUsers(typed.users(), projected->mutable_users());
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
  if (UsesEap(authentication)) SetEap(effective.eap(), projected.mutable_eap());
  if (authentication.has_ppk()) SetPpk(authentication.ppk(), configuration, &projected);
  return projected;
}

config::v1::IkeXauth IkeXauthOf(const config::v1::Xauth& effective) {
  config::v1::IkeXauth projected;
  projected.set_enabled(true);
  projected.set_role(effective.role());
  projected.set_username(effective.username());
  projected.set_password(effective.password());
  SetUsers(effective.users(), projected.mutable_users());
  return projected;
}

}  // namespace culvert::configd
