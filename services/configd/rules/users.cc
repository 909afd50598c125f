// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using config::v1::ClientServerRole;
using config::v1::User;

// Where a value may be kept by the store from an earlier revision, `set` says so.
bool HasPassword(const User& user) {
  return !user.password().empty() || user.set();
}

void CheckUsers(const TunnelView& tunnel, absl::string_view what, const google::protobuf::RepeatedPtrField<User>& users,
                Problems* problems) {
  for (int i = 0; i < users.size(); ++i) {
    const std::string path = ElementPath(tunnel.Path(absl::StrCat(what, ".users")), users[i].name(), i);
    if (users[i].name().empty()) {
      problems->Error(Code::REQUIRED, FieldPath(path, "name"), "a user needs a name");
    }
    if (!HasPassword(users[i])) {
      problems->Error(Code::REQUIRED, FieldPath(path, "password"), "a user needs a password");
    }
  }
}

// The password of a client, the users of a server; and EAP-MSCHAPv2 proves a server only to who guards its password, so
// that the server's certificate or key comes first (RFC 5998 4).
void CheckEap(const TunnelView& tunnel, Problems* problems) {
  const auto& authentication = tunnel.effective.authentication();
  const auto& eap = tunnel.effective.eap();
  const bool client = authentication.local().has_eap();
  const bool server = authentication.remote().has_eap();
  if ((!client && !server) || eap.method() == config::v1::EapMethod::TLS) return;
  if (client && server) {
    problems->Error(
        Code::CONFLICT, tunnel.Path("authentication"),
        "EAP-MSCHAPv2 cannot be all that proves the server: whoever answers could guess at the password",
        "set authentication.remote to x509 at the client and authentication.local at the server, or eap.method to TLS");
    return;
  }
  if (client && eap.password().empty()) {
    problems->Error(Code::REQUIRED, tunnel.Path("eap.password"), "an EAP client needs a password");
  }
  if (server && eap.users().empty()) {
    problems->Error(Code::REQUIRED, tunnel.Path("eap.users"), "an EAP server needs users");
  }
}

}  // namespace

void CheckXauthAndEap(const TunnelView& tunnel, Problems* problems) {
  const auto& xauth = tunnel.effective.xauth();
  if (xauth.enabled() && tunnel.only_ikev2()) {
    problems->Error(Code::XAUTH_WITH_IKEV2, tunnel.Path("xauth.enabled"), "XAUTH exists in IKEv1 alone",
                    "use authentication.eap, which is IKEv2's way to ask for a password");
  }
  if (xauth.enabled() && xauth.role() == ClientServerRole::CLIENT && xauth.password().empty()) {
    problems->Error(Code::REQUIRED, tunnel.Path("xauth.password"), "an XAUTH client needs a password");
  }
  if (xauth.enabled() && xauth.role() == ClientServerRole::SERVER && xauth.users().empty()) {
    problems->Error(Code::REQUIRED, tunnel.Path("xauth.users"), "an XAUTH server needs users");
  }
  CheckUsers(tunnel, "xauth", xauth.users(), problems);
  CheckUsers(tunnel, "eap", tunnel.effective.eap().users(), problems);
  CheckEap(tunnel, problems);
}

}  // namespace culvert::configd
