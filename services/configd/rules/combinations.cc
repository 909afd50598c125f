// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "services/configd/profile/profile.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

using config::v1::AuthenticationSide;
using config::v1::IkeMode;

struct TypedField {
  absl::string_view field;
  bool typed;
};

}  // namespace

void CheckIkeVersion(const TunnelView& tunnel, Problems* problems) {
  const auto& typed = tunnel.typed;
  const auto& ike = tunnel.effective.ike();
  const TypedField ikev1_fields[] = {
      {"ike.mode", typed.ike().has_mode()},
      {"ike.allow_weak_aggressive_psk", typed.ike().has_allow_weak_aggressive_psk()},
  };
  for (const TypedField& row : ikev1_fields) {
    if (!row.typed || !tunnel.only_ikev2()) continue;
    problems->Warning(Code::IGNORED_IN_IKEV2, tunnel.Path(row.field), "IKEv2 has no modes: this has no effect",
                      "leave it out");
  }
  const TypedField ikev2_fields[] = {
      {"ike.mobike", ike.mobike()},
      {"ike.childless", ike.childless()},
      {"authentication.ppk", typed.authentication().has_ppk()},
      {"eap", typed.has_eap()},
      {"authentication.eap", typed.authentication().has_eap()},
      {"authentication.local.eap", typed.authentication().local().has_eap()},
      {"authentication.remote.eap", typed.authentication().remote().has_eap()},
  };
  const bool several_pairs = tunnel.parsed.local_subnets.size() * tunnel.parsed.remote_subnets.size() > 1;
  if (!tunnel.ikev2() && several_pairs && tunnel.effective.child_sa_layout() == config::v1::ChildSaLayout::COMBINED) {
    problems->Error(Code::NOT_IN_IKEV1, tunnel.Path("child_sa_layout"),
                    "a CHILD SA of IKEv1 carries one pair of subnets", "use PER_PAIR, or leave it out");
  }
  for (const TypedField& row : ikev2_fields) {
    if (!row.typed || tunnel.ikev2()) continue;
    problems->Error(Code::NOT_IN_IKEV1, tunnel.Path(row.field), "IKEv1 does not have this",
                    "set ike.version to IKEV2, or leave it out");
  }
  if (tunnel.ikev1()) {
    problems->Warning(Code::IKEV1_DEPRECATED, tunnel.Path("ike.version"),
                      absl::StrCat("IKEv1 is deprecated (RFC 9395)",
                                   typed.ike().has_version() ? "" : "; it is the profile's default"),
                      "set ike.version to IKEV2, or profile to MODERN");
  }
  if (ike.allow_ikev1_fallback() && ike.version() != config::v1::IkeVersion::AUTO) {
    problems->Error(Code::CONFLICT, tunnel.Path("ike.allow_ikev1_fallback"), "a fallback needs ike.version AUTO",
                    "set ike.version to AUTO, or leave it out");
  }
}

void CheckAuthentication(const TunnelView& tunnel, Problems* problems) {
  const auto& typed = tunnel.typed.authentication();
  if (typed.has_psk() + typed.has_x509() + typed.has_eap() > 1) {
    problems->Error(Code::CONFLICT, tunnel.Path("authentication"), "more than one of psk, x509 and eap is given",
                    "keep one, or set local and remote apart");
  }
  const auto& effective = tunnel.effective.authentication();
  const bool psk = effective.local().has_psk() || effective.remote().has_psk();
  if (tunnel.ikev1() && tunnel.effective.ike().mode() == IkeMode::AGGRESSIVE && psk) {
    problems->Warning(Code::WEAK_AGGRESSIVE_PSK, tunnel.Path("ike.mode"),
                      "aggressive mode shows everyone a hash of the pre-shared key to guess at",
                      "use MAIN, or ike.version IKEV2");
  }
  const bool differ = effective.local().method_case() != effective.remote().method_case();
  if (!tunnel.ikev2() && differ) {
    problems->Error(Code::NOT_IN_IKEV1, tunnel.Path("authentication"),
                    "in IKEv1 both sides authenticate in the same way", "set ike.version to IKEV2");
  }
}

void CheckAnyPeer(const TunnelView& tunnel, Problems* problems) {
  using config::v1::Startup;
  for (int i = 0; i < tunnel.typed.remote().endpoints_size(); ++i) {
    if (tunnel.typed.remote().endpoints(i) != "any") continue;
    problems->Error(Code::CONFLICT, tunnel.Path(absl::StrCat("remote.endpoints[", i, "]")),
                    "\"any\" cannot be one of several endpoints", "use remote.endpoint for it");
  }
  if (!ServesAnyPeer(tunnel.typed)) return;
  const auto startup = tunnel.effective.startup();
  if (startup == Startup::START || startup == Startup::ROUTE) {
    problems->Error(Code::ANY_REMOTE_CANNOT_INITIATE, tunnel.Path("startup"),
                    absl::StrCat("startup ", Startup::Value_Name(startup), " needs a peer, and remote.endpoint is any"),
                    "use ADD, or name the peer");
  }
  if (tunnel.effective.dpd().action() == config::v1::DpdAction::RESTART) {
    problems->Error(Code::ANY_REMOTE_CANNOT_INITIATE, tunnel.Path("dpd.action"),
                    "action RESTART needs a peer, and remote.endpoint is any", "use CLEAR, or name the peer");
  }
}

}  // namespace culvert::configd
