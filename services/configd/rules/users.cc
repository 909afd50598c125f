// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "services/configd/profile/profile.h"
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

// Whoever initiates is the client, unless the role says otherwise.
void CheckXauth(const TunnelView& tunnel, Problems* problems) {
  using config::v1::Startup;
  const auto& xauth = tunnel.effective.xauth();
  if (!xauth.enabled()) return;
  if (tunnel.ikev2()) {  // with AUTO too: a peer that speaks IKEv2 would not be asked
    problems->Error(Code::XAUTH_WITH_IKEV2, tunnel.Path("xauth.enabled"), "XAUTH exists in IKEv1 alone",
                    tunnel.ikev1() ? "set ike.version to IKEV1, or use IKEV2 with authentication.eap"
                                   : "use authentication.eap, which is IKEv2's way to ask for a password");
  }
  const bool automatic = xauth.role() == ClientServerRole::AUTO;
  const bool any_peer = ServesAnyPeer(tunnel.typed);
  const auto startup = tunnel.effective.startup();
  const bool initiates = startup == Startup::START || startup == Startup::ROUTE;
  if (any_peer && xauth.role() == ClientServerRole::CLIENT) {
    problems->Error(Code::CONFLICT, tunnel.Path("xauth.role"),
                    "whoever calls is the client, and so both sides would be: remote.endpoint is any",
                    "set it to SERVER, or name the peer");
  }
  if (xauth.password().empty() && (xauth.role() == ClientServerRole::CLIENT || (automatic && initiates))) {
    problems->Error(Code::REQUIRED, tunnel.Path("xauth.password"), "an XAUTH client needs a password");
  }
  if (xauth.users().empty() && (xauth.role() == ClientServerRole::SERVER || (automatic && any_peer))) {
    problems->Error(Code::REQUIRED, tunnel.Path("xauth.users"), "an XAUTH server needs users");
  }
  if (automatic && !initiates && !any_peer && xauth.users().empty() && xauth.password().empty()) {
    problems->Error(Code::REQUIRED, tunnel.Path("xauth.password"),
                    "XAUTH needs a password where this side calls, and users where it is called");
  }
}

}  // namespace

void CheckXauthAndEap(const TunnelView& tunnel, Problems* problems) {
  CheckXauth(tunnel, problems);
  CheckUsers(tunnel, "xauth", tunnel.effective.xauth().users(), problems);
  CheckUsers(tunnel, "eap", tunnel.effective.eap().users(), problems);
  CheckEap(tunnel, problems);
}

}  // namespace culvert::configd
