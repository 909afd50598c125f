// SPDX-License-Identifier: Apache-2.0
// Who the two sides are, in either mode (RFC 2409 5): HASH_I and HASH_R under a key that a pre-shared one is part of,
// or signatures of them by the owners of certificates.
#pragma once

#include <optional>

#include "services/iked/engine/diagnoses.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/proof_job.h"

namespace culvert::iked::ikev1 {

// The secret that serves this peer: by the two addresses in Main Mode, which cannot know more when it needs it (RFC
// 2409 5.4), by identity in Aggressive Mode. Null: there is none.
const SecretConfig* FindPeerSecret(const Core& core, const IkeSa& sa, const ipsec::Identity& local,
                                   const ipsec::Identity& remote);

// As initiator: the secret for this attempt, or the one before when the peer refused that. The diagnosis: there is
// none.
std::optional<Diagnosis> ChooseOwnSecret(const Core& core, IkeSa& sa);

// SKEYID and what follows from it, and Phase 1's first IV. `psk` is empty where signatures authenticate.
absl::Status DeriveKeys(IkeSa& sa, base::ByteView psk, base::ByteView g_xy);

// HASH_I or HASH_R, whichever it is from our side.
base::Bytes OwnHash(const IkeSa& sa);
base::Bytes PeerHash(const IkeSa& sa);
// The peer's HASH payload is right.
bool ProvesKey(const IkeSa& sa, const wire::ikev1::Message& message);

// Our identity in the payload that the hashes cover; kept for them.
wire::ikev1::IdPayload TakeOwnId(IkeSa& sa, const ipsec::Identity& own);
// And the peer's. nullopt: no identity of Phase 1.
std::optional<ipsec::Identity> TakePeerId(IkeSa& sa, const wire::ikev1::Message& message);

// Asks for what takes a job: our signature, unless it is made already, and with `check` the peer's to be checked.
// False: it cannot be had, and that was dealt with.
bool AskProofs(Core& core, IkeSa& sa, bool check);
// Whether the job made ours. False: it did not, and that was dealt with.
bool OwnProofMade(Core& core, IkeSa& sa, const JobResult* result);

// N(INITIAL-CONTACT) (RFC 2407 4.6.3.3).
wire::ikev1::NotifyPayload InitialContact(const IkeSa& sa);
// HASH; or, of what the job made, CERT payloads and SIG.
void AppendProof(Payloads& payloads, const IkeSa& sa, JobResult* result);
// CERTREQ, where signatures authenticate (RFC 2409 5.1).
void AppendCertificateRequest(Payloads& payloads, const IkeSa& sa);
// Why the peer's proof does not stand; `result` is of the job that checked its signature.
std::optional<Diagnosis> JudgeProof(const Circumstance& here, const IkeSa& sa, const JobResult* result);

}  // namespace culvert::iked::ikev1
