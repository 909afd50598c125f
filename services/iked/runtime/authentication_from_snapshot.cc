// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/authentication_from_snapshot.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace culvert::iked {
namespace {

absl::StatusOr<AuthKind> KindOf(config::v1::AuthMethod::Value method, absl::string_view side) {
  switch (method) {
    case config::v1::AuthMethod::PSK:
    case config::v1::AuthMethod::X509:
    case config::v1::AuthMethod::EAP:
      return static_cast<AuthKind>(method);
    default:
      return absl::InvalidArgumentError(absl::StrCat("authentication.", side, " is ", static_cast<int>(method)));
  }
}

template <typename Enum, typename Value>
absl::StatusOr<Enum> WordOf(Value value, Enum last, absl::string_view field) {
  if (static_cast<int>(value) < 1 || static_cast<int>(value) > static_cast<int>(last)) {
    return absl::InvalidArgumentError(absl::StrCat(field, " is ", static_cast<int>(value)));
  }
  return static_cast<Enum>(value);
}

std::shared_ptr<const std::vector<eap::Account>> TakeAccounts(
    google::protobuf::RepeatedPtrField<config::v1::IkeUser>& users) {
  auto accounts = std::make_shared<std::vector<eap::Account>>();
  for (config::v1::IkeUser& user : users) accounts->push_back({user.name(), TakeSecret(user.mutable_password())});
  return accounts;
}

absl::StatusOr<std::shared_ptr<const EapConfig>> TakeEap(config::v1::IkeEap& in) {
  auto out = std::make_shared<EapConfig>();
  out->identity = in.identity();
  out->password = TakeSecret(in.mutable_password());
  out->accounts = TakeAccounts(*in.mutable_users());
  ASSIGN_OR_RETURN(out->method, WordOf(in.method(), EapMethod::kTls, "authentication.eap.method"));
  ASSIGN_OR_RETURN(out->role, WordOf(in.role(), ClientServerRole::kServer, "authentication.eap.role"));
  return out;
}

}  // namespace

base::Secret TakeSecret(std::string* octets) {
  base::Secret secret = base::Secret::CopyOf(base::AsBytes(*octets));
  base::SecureWipe({reinterpret_cast<uint8_t*>(octets->data()), octets->size()});
  octets->clear();
  return secret;
}

absl::StatusOr<Authentication> TakeAuthentication(config::v1::IkeAuthentication& in) {
  Authentication out;
  base::Secret ppk = TakeSecret(in.mutable_ppk());
  if (!in.ppk_id().empty()) {
    out.ppk = std::make_shared<const PpkConfig>(PpkConfig{in.ppk_id(), std::move(ppk), in.ppk_required()});
  }
  out.certificate = in.certificate();
  out.remote_cas = {in.remote_cas().begin(), in.remote_cas().end()};
  if (in.has_eap()) {
    ASSIGN_OR_RETURN(out.eap, TakeEap(*in.mutable_eap()));
  }
  ASSIGN_OR_RETURN(out.local, KindOf(in.local(), "local"));
  ASSIGN_OR_RETURN(out.remote, KindOf(in.remote(), "remote"));
  return out;
}

absl::StatusOr<std::shared_ptr<const XauthConfig>> TakeXauth(config::v1::IkeXauth& in) {
  auto out = std::make_shared<XauthConfig>();
  out->username = in.username();
  out->password = TakeSecret(in.mutable_password());
  out->accounts = TakeAccounts(*in.mutable_users());
  if (!in.enabled()) return nullptr;
  ASSIGN_OR_RETURN(out->role, WordOf(in.role(), ClientServerRole::kServer, "xauth.role"));
  return out;
}

}  // namespace culvert::iked
