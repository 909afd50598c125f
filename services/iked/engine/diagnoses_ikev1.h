// SPDX-License-Identifier: Apache-2.0
// What goes wrong in IKEv1 and not, or otherwise, in IKEv2. Circumstance::phase is the exchange. Where the words are
// the same, diagnoses.h has them: NoResponse, IkeProposalMismatch, EspProposalMismatch, PeerIdMismatch,
// NoSecretForPeer. Lifetimes that differ are no failure: the shorter one holds (RFC 2407 4.5.4).
#pragma once

#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/tunnel.h"

namespace culvert::iked {

absl::string_view Name(IkeMode mode);  // "Main Mode"

// ---- Phase 1 -------------------------------------------------------------------------------------------------------

// Main Mode encrypts messages 5 and 6 under keys that the pre-shared key is part of (RFC 2409 5.4): other keys make
// noise of them. As the side that reads the noise:
Diagnosis KeysMakeNoise(const Circumstance& c, absl::string_view secret);
// As initiator, whose message 5 was answered by `notify` ("PAYLOAD_MALFORMED", "INVALID_PAYLOAD_TYPE"), or not at all
// (empty).
Diagnosis MessageFiveRefused(const Circumstance& c, absl::string_view secret, absl::string_view notify);
// HASH_I or HASH_R does not verify, where it can be read at all.
Diagnosis HashMismatch(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                       const ipsec::Identity& remote);
// The peer says so: INVALID_HASH_INFORMATION, AUTHENTICATION_FAILED, INVALID_ID_INFORMATION. `secret` is empty with
// certificates.
Diagnosis PeerRefusedPhase1(const Circumstance& c, absl::string_view secret, const ipsec::Identity& local,
                            absl::string_view notify);

// The peer's SA payload has nothing for us: `difference` is a line a kind of algorithm, or the one on methods.
Diagnosis Phase1ProposalMismatch(const Circumstance& c, Proposals ours, std::span<const std::string> difference);
// NO_PROPOSAL_CHOSEN to our SA payload, which also offers a way to authenticate ("pre-shared key with XAUTH").
Diagnosis PeerRefusedPhase1Proposals(const Circumstance& c, Proposals ours, absl::string_view method);
// The algorithms would do, and no transform authenticates as this tunnel does.
Diagnosis Phase1MethodMismatch(const Circumstance& c, absl::string_view ours, absl::string_view theirs);

// The tunnel that is meant has the other mode.
Diagnosis ModeMismatch(const Circumstance& c, IkeMode ours, IkeMode theirs);
// Aggressive Mode with a pre-shared key, and this tunnel's gate is shut (fields.md 5).
Diagnosis AggressivePskRefused(const Circumstance& c);

// ---- versions ------------------------------------------------------------------------------------------------------

// The tunnel speaks IKEv1, and the peer IKEv2 alone.
Diagnosis PeerSpeaksIkev2(const Circumstance& c);
// A peer that once spoke IKEv2 now calls, or answers, with IKEv1: somebody may be in between.
Diagnosis DowngradeRefused(const Circumstance& c);

// ---- NAT -----------------------------------------------------------------------------------------------------------

// `why`: "a NAT was noticed", "encapsulation is FORCE": what needs a vendor id that the peer did not send (RFC
// 3947 3.1).
Diagnosis NatTraversalMissing(const Circumstance& c, absl::string_view why);

// ---- XAUTH ---------------------------------------------------------------------------------------------------------

// One side wants a user name and a password after Phase 1, the other does not know of it.
Diagnosis XauthMismatch(const Circumstance& c, bool wanted_here);
// Both sides would be the client, or both the server.
Diagnosis XauthRolesCollide(const Circumstance& c, bool client_here);
// As server: `why` is "the password is wrong", "no such user". The peer is told neither.
Diagnosis XauthRefused(const Circumstance& c, absl::string_view user, absl::string_view why);
// As client: STATUS=0 came back.
Diagnosis XauthFailed(const Circumstance& c, absl::string_view user);
Diagnosis XauthTooManyFailures(const Circumstance& c, absl::string_view user);

// ---- Phase 2 -------------------------------------------------------------------------------------------------------

// Quick Mode asked for a pair (`local` is ours) that is none of those configured: IKEv1 does not narrow.
Diagnosis PairUnknown(const Circumstance& c, const ipsec::TrafficSelector& local, const ipsec::TrafficSelector& remote,
                      std::span<const SubnetPair> configured);
// The peer answered INVALID_ID_INFORMATION to our pair, or nothing at all (`notify` is empty).
Diagnosis PeerRefusedPair(const Circumstance& c, Selectors local, Selectors remote, absl::string_view notify);

}  // namespace culvert::iked
