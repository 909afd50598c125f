// SPDX-License-Identifier: Apache-2.0
// What the engine negotiates: culvert.config.v1.IkeSnapshot as parsed values. A configuration is whole, validated and
// immutable; the engine compares digests and leaves untouched tunnels untouched.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ip.h"
#include "libs/base/secret.h"
#include "libs/ipsec/identity.h"
#include "libs/ipsec/proposal.h"
#include "libs/ipsec/secret_match.h"
#include "libs/ipsec/selector.h"
#include "services/iked/engine/authentication.h"
#include "services/iked/engine/certificates.h"
#include "services/iked/engine/xauth_config.h"

namespace culvert::iked {

// The words of culvert.config.v1, with its numbers.
enum class IkeVersion : uint8_t { kIkev1 = 1, kIkev2 = 2, kAuto = 3 };
enum class IkeMode : uint8_t { kMain = 1, kAggressive = 2 };
enum class EspMode : uint8_t { kTunnel = 1, kTransport = 2 };
enum class Startup : uint8_t { kIgnore = 1, kAdd = 2, kRoute = 3, kStart = 4 };
enum class Unique : uint8_t { kReplace = 1, kKeep = 2, kAllow = 3, kAllowAlways = 4 };
enum class DpdAction : uint8_t { kClear = 1, kTrap = 2, kRestart = 3 };
enum class Encapsulation : uint8_t { kAuto = 1, kForce = 2, kNever = 3 };
enum class Fragmentation : uint8_t { kAuto = 1, kForce = 2, kNever = 3 };
enum class ChildSaLayout : uint8_t { kCombined = 1, kPerPair = 2, kAuto = 3 };

struct DpdConfig {
  bool enabled = false;
  absl::Duration delay = absl::Seconds(30);
  absl::Duration timeout = absl::Seconds(150);
  DpdAction action = DpdAction::kRestart;
};

struct TunnelConfig {
  std::string name;
  bool enabled = false;
  std::string digest;  // equal: nothing that the engine cares about has changed
  std::string frame;   // the same for everything but the subnets; empty: unknown, and so never equal

  // Peers.
  base::IpAddress local_address;              // none: chosen by route
  base::Family family = base::Family::kNone;  // none: either
  std::vector<std::string> remote_endpoints;  // names or addresses, tried in order; empty: any peer
  absl::Duration failback;                    // from a later endpoint, an earlier one is tried so often; 0: never
  ipsec::Identity local_identity;             // any: the local address
  ipsec::Identity remote_identity;

  // Traffic.
  std::vector<base::Prefix> local_subnets;   // empty: the host's own address
  std::vector<base::Prefix> remote_subnets;  // empty: the peer's own address
  uint8_t local_protocol = 0;
  uint16_t local_port = 0;
  uint8_t remote_protocol = 0;
  uint16_t remote_port = 0;
  ChildSaLayout layout = ChildSaLayout::kAuto;
  std::vector<base::IpAddress> virtual_ips;   // that we ask for; unspecified: any of that family
  std::vector<std::string> virtual_ip_pools;  // that peers get addresses from

  // IKE SA.
  IkeVersion version = IkeVersion::kIkev2;
  IkeMode ike_mode = IkeMode::kMain;       // of IKEv1
  bool allow_weak_aggressive_psk = false;  // as responder, in this tunnel alone
  bool allow_ikev1_fallback = false;       // with kAuto: initiate IKEv1 where IKEv2 was not answered
  std::vector<ipsec::Proposal> ike_proposals;
  absl::Duration ike_lifetime = absl::Hours(8);
  absl::Duration ike_rekey_margin = absl::Minutes(48);  // a rekey starts this long before the end, less jitter
  uint32_t rekey_jitter_percent = 10;                   // of the lifetime
  absl::Duration retry_cap = absl::Seconds(60);
  bool reauth = false;  // a new IKE SA instead of a rekeyed one
  uint8_t ike_dscp = 0;
  bool mobike = false;
  bool childless = false;  // IKE_AUTH may do without a CHILD_SA (RFC 6023)
  Fragmentation fragmentation = Fragmentation::kAuto;

  // CHILD SA.
  EspMode mode = EspMode::kTunnel;
  std::vector<ipsec::Proposal> esp_proposals;  // a DH group means PFS at rekey
  absl::Duration esp_lifetime = absl::Hours(1);
  absl::Duration esp_rekey_margin = absl::Minutes(6);
  uint64_t esp_rekey_bytes = 0;  // 0: no limit
  uint64_t esp_rekey_packets = 0;
  absl::Duration inactivity;  // a CHILD_SA that carries nothing for so long is closed; 0: never
  bool esn = true;
  uint32_t replay_window = 1024;
  bool copy_df = true;
  bool copy_dscp = true;
  bool ecn = true;
  uint32_t tfc = 0;                    // octets that inner packets are padded to; 0: off
  bool allow_tunnel_fallback = false;  // transport mode that the peer refuses becomes tunnel mode

  // Life.
  Startup startup = Startup::kStart;
  Unique unique = Unique::kReplace;
  DpdConfig dpd;
  Encapsulation encapsulation = Encapsulation::kAuto;
  Authentication authentication;
  std::shared_ptr<const XauthConfig> xauth;  // of IKEv1; null: none

  bool serves_any_peer() const { return remote_endpoints.empty(); }
};

struct SecretConfig {
  std::string name;
  base::Secret psk;
  base::Secret psk_previous;  // empty: none
};

struct PoolConfig {
  std::string name;
  std::vector<ipsec::TrafficSelector> ranges;
  std::vector<base::IpAddress> dns;
};

struct EngineConfig {
  uint64_t generation = 0;
  std::vector<std::shared_ptr<const TunnelConfig>> tunnels;  // disabled ones included: their SAs are to be deleted
  std::vector<SecretConfig> secrets;                         // in list order
  ipsec::SecretMatcher secret_matcher;                       // the selectors of `secrets`, index for index
  std::vector<PoolConfig> pools;
  base::Secret crash_key;  // of quick crash detection (RFC 6290); empty: no tokens
  Certificates certificates;
  uint32_t half_open_limit = 100000;
  uint32_t cookie_threshold = 64;  // half-open SAs above which a cookie is demanded
};

}  // namespace culvert::iked
