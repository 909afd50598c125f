// SPDX-License-Identifier: Apache-2.0
#include "services/configd/profile/defaults.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>

namespace culvert::configd {
namespace {

using config::v1::Tunnel;

// What both profiles share.
constexpr char kCommon[] = R"(
  enabled: false
  local { address_family: AUTO firewall: true protocol: 0 port: 0 }
  remote { firewall: true protocol: 0 port: 0 }
  xauth { enabled: false role: AUTO }
  ike {
    mode: MAIN accept_defaults: false lifetime { seconds: 28800 } reauth: false fragmentation: AUTO mobike: false dscp: 0
    childless: false rekey_jitter_percent: 10 retry_cap { seconds: 60 } allow_ikev1_fallback: false
    allow_weak_aggressive_psk: false
  }
  esp {
    mode: TUNNEL accept_defaults: false rekey_bytes: 0 rekey_packets: 0 esn: false replay_window: 1024 tfc: 0
    copy_df: true copy_dscp: true ecn: true sha256_96: false inactivity {} mark: 0 reqid: 0
    allow_tunnel_fallback: false
  }
  startup: START
  unique: REPLACE
  dpd { delay { seconds: 30 } action: RESTART }
  encapsulation: AUTO
  host_access { enabled: false }
  child_sa_layout: AUTO
  priority: 0
)";

constexpr char kRut2xx[] = R"(
  profile: RUT2XX
  ike { version: IKEV1 }
  esp { lifetime { seconds: 28800 } }
  dpd { enabled: false }
)";

constexpr char kModern[] = R"(
  profile: MODERN
  ike { version: IKEV2 }
  esp { lifetime { seconds: 3600 } }
  dpd { enabled: true }
)";

Tunnel Parse(const char* own) {
  Tunnel common, tunnel;
  using google::protobuf::TextFormat;
  if (!TextFormat::ParseFromString(kCommon, &common) || !TextFormat::ParseFromString(own, &tunnel)) std::abort();
  common.MergeFrom(tunnel);
  return common;
}

}  // namespace

const ProfileDefaults& DefaultsOf(config::v1::Profile::Value profile) {
  static const ProfileDefaults kRut2xxDefaults = {
      .tunnel = Parse(kRut2xx),
      .ike_proposals = {"3des-sha1-modp1536"},
      .esp_proposals = {"3des-sha1-modp1536"},
      .encryption = "3des",
      .hash = "sha1",
      .dh_group = "modp1536",
      .ike_aead_hash = "prfsha1",
  };
  static const ProfileDefaults kModernDefaults = {
      .tunnel = Parse(kModern),
      .ike_proposals = {"aes256gcm16-prfsha384-x25519", "aes128gcm16-prfsha256-ecp256"},
      .esp_proposals = {"aes256gcm16-x25519"},
      .encryption = "aes256gcm16",
      .hash = "sha256",
      .dh_group = "x25519",
      .ike_aead_hash = "prfsha384",
  };
  return profile == config::v1::Profile::MODERN ? kModernDefaults : kRut2xxDefaults;
}

}  // namespace culvert::configd
