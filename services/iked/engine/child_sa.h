// SPDX-License-Identifier: Apache-2.0
// A CHILD_SA as its IKE SA knows it. Its keys live in the datapath alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/base/ip.h"
#include "libs/ipsec/proposal.h"
#include "libs/ipsec/selector.h"

namespace culvert::iked {

inline constexpr size_t kNoPair = ~size_t{0};

enum class ChildState : uint8_t { kInstalling, kInstalled, kRekeying, kRekeyed, kDeleting };

struct ChildSa {
  uint64_t id = 0;
  size_t pair = 0;  // which of the tunnel's subnet pairs; kNoPair: one that is not configured any more
  ChildState state = ChildState::kInstalling;
  uint32_t spi_in = 0;
  uint32_t spi_out = 0;
  ipsec::Suite suite;
  bool replaced = false;  // by a rekey: traffic has moved, stragglers are still received
  bool ours = false;      // made by an exchange of ours
  bool transport = false;
  bool idle = false;         // is deleted for want of traffic
  bool first = false;        // made by IKE_AUTH: its DH group is not negotiated until it is rekeyed (RFC 7296 1.2)
  uint64_t replaces = 0;     // id of the CHILD_SA that it was made to rekey; 0: none
  base::Bytes lowest_nonce;  // of the exchange that made it: decides a collision (RFC 7296 2.8.1)
  std::vector<ipsec::TrafficSelector> local;
  std::vector<ipsec::TrafficSelector> remote;
  absl::Duration lifetime;   // IKEv1: what both sides agreed on; IKEv2: our own affair
  absl::Duration installed;  // CLOCK_BOOTTIME, as the rest
  absl::Duration used;       // its last packet, as far as the datapath was asked (esp.inactivity)
  absl::Duration rekey_at = absl::InfiniteDuration();
  absl::Duration expire_at = absl::InfiniteDuration();

  // Traffic goes by it now; or will, once the datapath has answered.
  bool carries() const { return state == ChildState::kInstalled || state == ChildState::kRekeying; }
  bool serves() const { return carries() || state == ChildState::kInstalling; }
};

// One negotiation of a CHILD_SA, from either side, until it is installed. A record of locals: nothing in it is state of
// the IKE SA, so a negotiation that fails is simply dropped.
struct ChildNegotiation {
  uint64_t replaces = 0;  // id of the CHILD_SA it rekeys; 0: none
  size_t pair = 0;
  uint32_t spi_in = 0;
  uint32_t spi_out = 0;
  base::Bytes own_nonce;
  base::Bytes peer_nonce;
  std::vector<ipsec::Proposal> offered;  // as initiator
  ipsec::Suite suite;
  uint8_t proposal_number = 1;
  std::vector<ipsec::TrafficSelector> local;
  std::vector<ipsec::TrafficSelector> remote;
  base::Bytes public_value;  // responder: ours, for the KE payload
  bool narrowed = false;
  bool transport = false;  // as offered, then as granted
  uint32_t tfc = 0;        // octets to pad to; 0: off, or more than the peer takes
  // IKEv1, where the shorter one of two sides holds.
  absl::Duration lifetime = absl::InfiniteDuration();
  uint64_t life_bytes = 0;  // 0: not limited
  // Responder in transport mode behind a NAT: the addresses as the peer wrote them, which it wants to read again
  // (RFC 7296 2.23.1). None: no other than those in `local` and `remote`.
  base::IpAddress written_local;
  base::IpAddress written_remote;
};

}  // namespace culvert::iked
