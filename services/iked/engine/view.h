// SPDX-License-Identifier: Apache-2.0
// What the engine shows: tunnels, IKE SAs, CHILD_SAs and events, as culvert.ike.v1 words them. Enumerators carry the
// numbers of that contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ip.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

enum class TunnelState : uint8_t {
  kDisabled = 1,
  kIdle = 2,
  kRouted = 3,
  kConnecting = 4,
  kUp = 5,
  kPartial = 6,
  kBackoff = 7,
  kBlocked = 8,
  kClosing = 9,
};

enum class TunnelReason : uint8_t {
  kNone = 0,
  kLocalAddressMissing = 1,
  kNameNotResolved = 2,
  kNoRoute = 3,
  kOperatorDown = 4,
  kStartupIgnore = 5,
  kPeerSilent = 6,
  kNegotiationFailed = 7,
  kPeerDeleted = 8,
  kDatapathUnavailable = 9,
  kNoSecret = 10,
  kDeadPeer = 11,
  kNotSupported = 12,
};

enum class Nat : uint8_t { kUnknown = 0, kNone = 1, kLocal = 2, kRemote = 3, kBoth = 4, kForced = 5 };

struct ChildSaView {
  std::string name;  // the tunnel's, or tunnel-N for pair N
  uint64_t id = 0;
  std::string state;  // vici's: INSTALLING INSTALLED REKEYING REKEYED DELETING
  bool transport = false;
  bool encap = false;
  uint32_t spi_in = 0;
  uint32_t spi_out = 0;
  std::string suite;  // "aes256gcm16"
  bool esn = false;
  std::string pfs;  // "NONE", "UNVERIFIED" or the group
  std::vector<std::string> local_ts;
  std::vector<std::string> remote_ts;
  absl::Duration rekey_in;  // from now; infinite: never
  absl::Duration life_time;
  absl::Duration installed;  // ago
};

struct IkeSaView {
  uint64_t id = 0;
  std::string tunnel;  // empty: a half-open SA whose tunnel is not known yet
  int version = 2;     // of IKE
  std::string state;   // vici's: CREATED CONNECTING ESTABLISHED REKEYING REKEYED DELETING
  base::Endpoint local;
  base::Endpoint remote;
  std::string local_id;
  std::string remote_id;
  bool initiator = false;
  uint64_t initiator_spi = 0;
  uint64_t responder_spi = 0;
  std::string suite;  // "aes256gcm16-prfsha384-x25519"; the next five are its parts, empty before there is one
  std::string encr;
  uint32_t encr_key_bits = 0;
  std::string integ;
  std::string prf;
  std::string dh_group;
  absl::Duration established;  // ago; negative: not yet
  absl::Duration rekey_in;     // from now; infinite: never
  absl::Duration reauth_in;    // the same: a new IKE SA instead of a rekeyed one
  absl::Duration life_time;
  Nat nat = Nat::kUnknown;
  std::string local_auth;  // "psk", "x509", "eap"; of IKEv1 "psk", "rsa", "psk+xauth"
  std::string remote_auth;
  std::vector<std::string> local_vips;   // that the peer gave us
  std::vector<std::string> remote_vips;  // that we gave the peer
  std::vector<std::string> extensions;   // in use: "FRAGMENTATION", "PPK", "CHILDLESS", "MOBIKE"
  std::vector<ChildSaView> children;
};

struct TunnelView {
  std::string name;
  bool enabled = false;
  TunnelState state = TunnelState::kIdle;
  TunnelReason reason = TunnelReason::kNone;
  std::string detail;
  absl::Time state_since;
  std::optional<absl::Time> next_attempt;  // in BACKOFF
  uint32_t attempts = 0;                   // failed ones since it was last up
  std::string remote_endpoint;             // as configured; "any"
  std::optional<Diagnosis> last_diagnosis;
  std::vector<IkeSaView> ike_sas;
};

enum class EventType : uint8_t {
  kTunnelState = 4,
  kIkeSaEstablished = 5,
  kIkeSaRekeyed = 6,
  kIkeSaDeleted = 7,
  kChildSaInstalled = 8,
  kChildSaRekeyed = 9,
  kChildSaDeleted = 10,
  kDiagnosis = 11,
  kNarrowed = 12,
  kConfiguration = 13,
  kNatMappingChanged = 15,
  kPathChanged = 16,
  kVirtualIpAssigned = 17,
  kVirtualIpReleased = 18,
  kUnderAttack = 19,
};

struct Event {
  EventType type = EventType::kTunnelState;
  absl::Time time;
  std::string tunnel;   // empty where no tunnel matched
  std::string message;  // one sentence
  std::optional<TunnelView> tunnel_state;
  std::optional<IkeSaView> ike_sa;
  std::optional<ChildSaView> child_sa;
  std::optional<Diagnosis> diagnosis;
};

}  // namespace culvert::iked
