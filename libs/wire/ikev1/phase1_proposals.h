// SPDX-License-Identifier: Apache-2.0
// Between proposals of the vocabulary (libs/ipsec) and the SA payload of phase 1 (RFC 2409 appendix A). What phase 1
// has no number for (an AEAD, a PRF of its own, x25519) is left out of offers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev1/payloads.h"

namespace culvert::wire::ikev1 {

// What is offered: one proposal (RFC 2409 5), and in it a transform for each combination, most wanted first; the first
// 255 of them, since there are no more numbers. Empty of transforms when IKEv1 has none of `ours`.
SaPayload Phase1Offer(std::span<const ipsec::Proposal> ours, AuthMethod method, uint32_t life_seconds);

struct Phase1Choice {
  ipsec::Suite suite;
  AuthMethod method = AuthMethod::kPreSharedKey;
  std::optional<uint64_t> life_seconds;  // as offered; nullopt: not said
  SaPayload answer = {};                 // the one transform, exactly as it was offered (RFC 2409 5)
};
// The first suite in our order that some transform offers with one of `methods`; nullopt: NO-PROPOSAL-CHOSEN.
std::optional<Phase1Choice> ChoosePhase1(std::span<const ipsec::Proposal> ours, std::span<const AuthMethod> methods,
                                         const SaPayload& offer);
// An initiator's check of the answer to what it sent: one transform of it, with nothing changed but the form of a
// number (RFC 2409 5). nullopt: it is not.
std::optional<Phase1Choice> VerifyPhase1(std::span<const ipsec::Proposal> ours, const SaPayload& sent,
                                         const SaPayload& answer);
// Why there is no choice: the lines of ipsec::Difference, or the one on methods. Empty when there is a choice.
std::vector<std::string> Phase1Difference(std::span<const ipsec::Proposal> ours, std::span<const AuthMethod> methods,
                                          const SaPayload& offer);

}  // namespace culvert::wire::ikev1
