// SPDX-License-Identifier: Apache-2.0
// Between proposals of the vocabulary (libs/ipsec) and the SA payload of Quick Mode (RFC 2407 4.4.4, 4.5). What IKEv1
// has no number for (chacha20poly1305, x25519) is left out of offers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev1/candidate.h"
#include "libs/wire/ikev1/payloads.h"

namespace culvert::wire::ikev1 {

struct Phase2Terms {
  EncapsulationMode mode = EncapsulationMode::kTunnel;
  Life life = {};
  bool operator==(const Phase2Terms&) const = default;
};

// The group of an offer's KE: one for all of it (RFC 2409 5.5), so the first that IKEv1 has; null: no PFS.
const ipsec::Algorithm* Phase2Group(std::span<const ipsec::Proposal> ours);

// ESP proposals numbered from 1, each with our inbound `spi`; in each a transform for each combination, the first 255.
// Those that do not allow `group` (null: no PFS) are left out.
SaPayload Phase2Offer(std::span<const ipsec::Proposal> ours, const ipsec::Algorithm* group, uint32_t spi,
                      const Phase2Terms& terms);

struct Phase2Choice {
  ipsec::Suite suite;      // dh: the group of PFS, so KE must be there if it is, and must not if it is null
  Phase2Terms terms = {};  // as offered
  uint32_t peer_spi = 0;   // the inbound SPI of whoever made the payload
  SaPayload answer = {};   // the one transform, exactly as it was offered, with the SPI given
};
// The first suite in our order that some transform offers with one of `modes`. Proposals that belong together (ESP with
// AH or IPCOMP) are passed over. `spi` is our inbound one. nullopt: NO-PROPOSAL-CHOSEN.
std::optional<Phase2Choice> ChoosePhase2(std::span<const ipsec::Proposal> ours,
                                         std::span<const EncapsulationMode> modes, const SaPayload& offer,
                                         uint32_t spi);
// As VerifyPhase1; `peer_spi` is the answer's.
std::optional<Phase2Choice> VerifyPhase2(std::span<const ipsec::Proposal> ours, const SaPayload& sent,
                                         const SaPayload& answer);
// What a peer offers, as its transforms mean it, for ipsec::Difference.
std::vector<ipsec::Proposal> Phase2Proposals(const SaPayload& offer);
// As Phase1Difference, with modes for methods.
std::vector<std::string> Phase2Difference(std::span<const ipsec::Proposal> ours,
                                          std::span<const EncapsulationMode> modes, const SaPayload& offer);

}  // namespace culvert::wire::ikev1
