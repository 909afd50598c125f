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
  ASSIGN_OR_RETURN(out.local, KindOf(in.local(), "local"));
  ASSIGN_OR_RETURN(out.remote, KindOf(in.remote(), "remote"));
  return out;
}

}  // namespace culvert::iked
