// SPDX-License-Identifier: Apache-2.0
// The failures of a negotiation in words: a function each. "NO_PROPOSAL_CHOSEN" alone is never an answer: where we hold
// both offers we print the difference; where only the peer knows, we say what we sent and what to compare it with.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/ipsec/identity.h"
#include "libs/ipsec/proposal.h"
#include "libs/ipsec/selector.h"
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

// When, where and with whom. `tunnel` is empty where none matched.
struct Circumstance {
  std::string tunnel;
  std::string peer;
  Phase phase = Phase::kIkeSaInit;
  Side side = Side::kInitiator;
  absl::Time time;
};

// What was sent and not answered.
struct Silence {
  int messages = 0;
  bool port_unreachable = false;  // ICMP said so
  size_t octets = 0;              // of the largest datagram
};

using Proposals = std::span<const ipsec::Proposal>;
using Selectors = std::span<const ipsec::TrafficSelector>;

// Finding the peer.
Diagnosis NameNotResolved(const Circumstance& c, absl::string_view endpoints, const absl::Status& status);
Diagnosis NoRouteToPeer(const Circumstance& c, const absl::Status& status);
Diagnosis NoResponse(const Circumstance& c, const Silence& silence);
Diagnosis PeerFellSilent(const Circumstance& c);  // as responder: no IKE_AUTH after our IKE_SA_INIT
// `known`: who could have called, "192.0.2.9 (to-c)".
Diagnosis NoTunnelForPeer(const Circumstance& c, absl::string_view local, std::span<const std::string> known);
Diagnosis WrongLocalAddress(const Circumstance& c, absl::string_view ours, absl::string_view called);
Diagnosis TunnelDisabled(const Circumstance& c);
Diagnosis TunnelHeldDown(const Circumstance& c, bool by_operator);  // else by startup IGNORE
Diagnosis LimitReached(const Circumstance& c, absl::string_view field, absl::string_view what, uint64_t limit);

// IKE_SA_INIT.
Diagnosis IkeProposalMismatch(const Circumstance& c, Proposals ours, Proposals theirs);
Diagnosis PeerRefusedIkeProposals(const Circumstance& c, Proposals ours);
Diagnosis KeGroupMismatch(const Circumstance& c, absl::string_view field, Proposals ours, absl::string_view wanted);
Diagnosis VersionMismatch(const Circumstance& c, int theirs);
Diagnosis EncapsulationRefused(const Circumstance& c);

// IKE_AUTH.
Diagnosis PskMismatch(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                      const ipsec::Identity& remote);
Diagnosis PeerRefusedAuthentication(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local);
Diagnosis PeerIdMismatch(const Circumstance& c, absl::string_view expected, const ipsec::Identity& received);
Diagnosis LocalIdMismatch(const Circumstance& c, absl::string_view expected, const ipsec::Identity& received);
Diagnosis NoSecretForPeer(const Circumstance& c, const ipsec::Identity& local, const ipsec::Identity& remote);
Diagnosis PeerStaysConnected(const Circumstance& c, const ipsec::Identity& remote);  // unique: KEEP

// CHILD_SA.
Diagnosis EspProposalMismatch(const Circumstance& c, Proposals ours, Proposals theirs);
Diagnosis PeerRefusedEspProposals(const Circumstance& c, Proposals ours);
Diagnosis SelectorsUnacceptable(const Circumstance& c, Selectors our_local, Selectors our_remote, Selectors their_local,
                                Selectors their_remote);
Diagnosis PeerRefusedSelectors(const Circumstance& c, Selectors local, Selectors remote);
Diagnosis Narrowed(const Circumstance& c, Selectors asked_local, Selectors asked_remote, Selectors local,
                   Selectors remote);
Diagnosis ChildSaMissing(const Circumstance& c);  // as responder: the peer wants a childless IKE SA
Diagnosis TransportRefused(const Circumstance& c, bool transport_here);
Diagnosis InstallFailed(const Circumstance& c, const absl::Status& status);

// Any time.
Diagnosis InvalidMessage(const Circumstance& c, absl::string_view what);
Diagnosis UnsupportedCriticalPayload(const Circumstance& c, int payload);
Diagnosis PeerBusy(const Circumstance& c, absl::string_view notify);
Diagnosis PeerDeleted(const Circumstance& c, absl::string_view what);
Diagnosis DeadPeer(const Circumstance& c, int messages);
Diagnosis LifetimeExpired(const Circumstance& c, absl::string_view what);
Diagnosis NotSupported(const Circumstance& c, absl::string_view field, absl::string_view what);

}  // namespace culvert::iked
