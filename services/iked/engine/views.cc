// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/views.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/iked/engine/configuration_payload.h"
#include "services/iked/engine/mobike.h"

namespace culvert::iked {
namespace {

absl::string_view StateWord(const IkeSa& sa) {
  switch (sa.state) {
    case IkeState::kNew:
    case IkeState::kGenerating:
    case IkeState::kResponding:
      return "CREATED";
    case IkeState::kEstablished:
      return sa.own != nullptr && sa.own->task.story == Story::kRekeyIke ? "REKEYING" : "ESTABLISHED";
    case IkeState::kCrossed:
      return "REKEYED";
    case IkeState::kRekeyed:
      return "REKEYED";
    case IkeState::kDeleting:
      return "DELETING";
    case IkeState::kRefused:
    case IkeState::kGone:
      return "DESTROYING";
    default:
      return "CONNECTING";
  }
}

absl::string_view StateWord(ChildState state) {
  switch (state) {
    case ChildState::kInstalling:
      return "INSTALLING";
    case ChildState::kInstalled:
      return "INSTALLED";
    case ChildState::kRekeying:
      return "REKEYING";
    case ChildState::kRekeyed:
      return "REKEYED";
    case ChildState::kDeleting:
      break;
  }
  return "DELETING";
}

Nat NatOf(const IkeSa& sa) {
  if (sa.state < IkeState::kEstablished) return Nat::kUnknown;
  if (sa.nat.local) return sa.nat.remote ? Nat::kBoth : Nat::kLocal;
  if (sa.nat.forced) return Nat::kForced;
  return sa.nat.remote ? Nat::kRemote : Nat::kNone;
}

std::string Keyword(const ipsec::Algorithm* algorithm) {
  return algorithm == nullptr ? std::string() : std::string(algorithm->keyword);
}

std::string PfsOf(const IkeSa& sa, const ChildSa& child) {
  if (child.suite.dh != nullptr) return Keyword(child.suite.dh);
  if (!child.first) return "NONE";
  for (const ipsec::Proposal& p : sa.config->esp_proposals) {
    if (!p.dh.empty()) return "UNVERIFIED";
  }
  return "NONE";
}

// IKEv1 signs with RSA keys alone (RFC 2409 5.1).
absl::string_view AuthWord(AuthKind kind, bool ikev1) {
  switch (kind) {
    case AuthKind::kPsk:
      return "psk";
    case AuthKind::kX509:
      return ikev1 ? "rsa" : "x509";
    case AuthKind::kEap:
      break;
  }
  return "eap";
}

// How each side has proved itself.
void SetAuth(const IkeSa& sa, IkeSaView* view) {
  const bool ikev1 = sa.ikev1 != nullptr;
  const TunnelConfig& config = *sa.config;
  view->local_auth = std::string(AuthWord(config.authentication.local, ikev1));
  view->remote_auth = std::string(AuthWord(config.authentication.remote, ikev1));
  if (!ikev1 || config.xauth == nullptr) return;
  absl::StrAppend(config.xauth->client(sa.initiator) ? &view->local_auth : &view->remote_auth, "+xauth");
}

template <typename T>
std::vector<std::string> Texts(const std::vector<T>& values) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(value.ToString());
  return texts;
}

}  // namespace

std::string ChildName(const IkeSa& sa, const ChildSa& child) {
  if (sa.config == nullptr) return {};
  return child.pair == 0 || child.pair == kNoPair ? sa.config->name
                                                  : absl::StrCat(sa.config->name, "-", child.pair + 1);
}

std::string EspSuiteName(const ipsec::Suite& suite) {
  return suite.integ == nullptr ? Keyword(suite.encr) : absl::StrCat(suite.encr->keyword, "-", suite.integ->keyword);
}

ChildSaView ViewOf(const Core& core, const IkeSa& sa, const ChildSa& child) {
  const absl::Duration now = core.clock.BootTime();
  ChildSaView view;
  view.name = ChildName(sa, child);
  view.id = child.id;
  view.state = std::string(StateWord(child.state));
  view.encap = sa.nat.encapsulate();
  view.transport = child.transport;
  view.spi_in = child.spi_in;
  view.spi_out = child.spi_out;
  view.suite = EspSuiteName(child.suite);
  view.esn = child.suite.esn;
  view.pfs = PfsOf(sa, child);
  view.local_ts = Texts(child.local);
  view.remote_ts = Texts(child.remote);
  view.rekey_in = child.rekey_at - now;
  view.life_time = child.expire_at - now;
  view.installed = now - child.installed;
  return view;
}

IkeSaView ViewOf(const Core& core, const IkeSa& sa) {
  const absl::Duration now = core.clock.BootTime();
  IkeSaView view;
  view.id = sa.id;
  if (sa.tunnel != nullptr) view.tunnel = sa.tunnel->name();
  view.version = sa.ikev1 == nullptr ? 2 : 1;
  view.state = std::string(StateWord(sa));
  view.local = sa.local;
  view.remote = sa.remote;
  if (!sa.local_id.any()) view.local_id = sa.local_id.ToString();
  if (!sa.remote_id.any()) view.remote_id = sa.remote_id.ToString();
  view.initiator = sa.initiator;
  view.initiator_spi = sa.spi_i();
  view.responder_spi = sa.spi_r();
  if (const ipsec::Suite* agreed = sa.suite(); agreed != nullptr && agreed->encr != nullptr) {
    const ipsec::Suite& suite = *agreed;
    view.suite = suite.ToString();
    view.encr = std::string(suite.encr->name);
    view.encr_key_bits = suite.encr->key_bits;
    if (suite.integ != nullptr) view.integ = std::string(suite.integ->name);
    view.prf = std::string(suite.prf->name);
    view.dh_group = std::string(suite.dh->name);
  }
  view.established = now - sa.established;
  if (sa.established == -absl::InfiniteDuration()) view.established = absl::Seconds(-1);
  view.rekey_in = view.reauth_in = absl::InfiniteDuration();
  if (sa.config == nullptr || !sa.config->reauth) {
    view.rekey_in = sa.rekey_at - now;
  } else if (sa.dialed) {  // the other side waits for it
    view.reauth_in = sa.rekey_at - now;
  }
  view.life_time = sa.expire_at - now;
  view.nat = NatOf(sa);
  if (!sa.half_open() && sa.config != nullptr) SetAuth(sa, &view);
  if (sa.virtual_ips != nullptr) {
    view.local_vips = Texts(sa.virtual_ips->local);
    view.remote_vips = Texts(sa.virtual_ips->remote);
  }
  if (sa.fragmentation) view.extensions.push_back("FRAGMENTATION");
  if (sa.ppk) view.extensions.push_back("PPK");
  if (sa.childless) view.extensions.push_back("CHILDLESS");
  if (sa.mobike != nullptr) view.extensions.push_back("MOBIKE");
  for (const std::unique_ptr<ChildSa>& child : sa.children) view.children.push_back(ViewOf(core, sa, *child));
  return view;
}

TunnelView ViewOf(const Core& core, const Tunnel& tunnel) {
  TunnelView view;
  view.name = tunnel.name();
  view.enabled = tunnel.config->enabled && !tunnel.removed;
  view.state = tunnel.state;
  view.reason = tunnel.reason;
  view.detail = tunnel.detail;
  view.state_since = tunnel.since;
  if (tunnel.backing_off()) view.next_attempt = core.clock.Wall() + (tunnel.next_attempt - core.clock.Monotonic());
  view.attempts = tunnel.attempts;
  view.remote_endpoint =
      tunnel.config->serves_any_peer() ? "any" : absl::StrJoin(tunnel.config->remote_endpoints, ", ");
  if (tunnel.diagnosis != nullptr) view.last_diagnosis = *tunnel.diagnosis;
  return view;
}

}  // namespace culvert::iked
