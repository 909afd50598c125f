// SPDX-License-Identifier: Apache-2.0
// A configured tunnel as it runs: what is wanted of it, how far that got, and what went wrong last.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/ipsec/selector.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/diagnosis.h"
#include "services/iked/engine/input.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

inline constexpr size_t kDiagnosisHistory = 16;

struct Tunnel {
  uint64_t number = 0;  // what its timers are called by
  std::shared_ptr<const TunnelConfig> config;
  bool removed = false;  // gone from the configuration; leaves when its last SA does

  // What is shown.
  TunnelState state = TunnelState::kIdle;
  TunnelReason reason = TunnelReason::kNone;
  std::string detail;
  absl::Time since;
  TunnelReason failure = TunnelReason::kNone;  // of the last attempt or IKE SA; until up again
  uint32_t carried_in_part = 0;                // IKE SAs by their coverage
  uint32_t carried_whole = 0;

  // What is wanted beyond the configuration.
  bool operator_up = false;
  bool operator_down = false;
  bool acquired = false;  // traffic asked for it (one attempt)
  bool restart = false;   // DPD's action says: until it is up again
  bool parked = false;    // DPD's action says: not until traffic or an operator wants it
  bool renew = false;     // reauthentication: a new IKE SA is to take the place of the one that lives

  // The attempt under way, and the wait for the next.
  uint64_t attempt = 0;     // whose names are being resolved; 0: none
  uint64_t connecting = 0;  // local SPI of the IKE SA that is being made; 0: none
  std::vector<PathCandidate> candidates;
  size_t next_candidate = 0;
  size_t endpoint = 0;                                     // which one the last IKE SA of ours was made with
  bool failing_back = false;                               // the attempt is for an earlier endpoint than that
  uint32_t attempts = 0;                                   // failed since it was last up
  absl::Duration next_attempt = absl::InfiniteDuration();  // monotonic; infinite: not in BACKOFF
  bool port_unreachable = false;                           // ICMP said so during this attempt
  bool use_previous_psk = false;
  bool ikev1_next = false;        // version AUTO: this attempt goes on in IKEv1
  bool peer_spoke_ikev2 = false;  // authenticated
  bool per_pair = false;          // layout AUTO learnt that the peer wants one CHILD_SA a pair

  std::vector<uint64_t> ike_sas;                          // local SPIs
  std::vector<uint64_t> requests;                         // Initiate commands that wait for the outcome
  std::vector<base::IpAddress> resolved;                  // what the peer's names last meant
  std::shared_ptr<const Diagnosis> diagnosis;             // the last, until up
  std::vector<std::shared_ptr<const Diagnosis>> history;  // newest first

  const std::string& name() const { return config->name; }
  bool backing_off() const { return next_attempt != absl::InfiniteDuration(); }
};

// A set of selectors on each side that one CHILD_SA carries.
struct SubnetPair {
  std::vector<ipsec::TrafficSelector> local;
  std::vector<ipsec::TrafficSelector> remote;
};

// The networks of one side of an IKE SA: those configured and those that come with virtual addresses, or the host
// alone.
struct Networks {
  std::vector<base::Prefix> local;
  std::vector<base::Prefix> remote;
};

// The pairs a tunnel consists of, in the order of their numbers. `single`: one subnet on each side, whatever the
// layout.
std::vector<SubnetPair> SubnetPairs(const Tunnel& tunnel, const Networks& networks, bool single);

}  // namespace culvert::iked
