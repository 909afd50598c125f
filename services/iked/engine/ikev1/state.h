// SPDX-License-Identifier: Apache-2.0
// What an IKE SA of IKEv1 (RFC 2409) has beyond engine/ike_sa.h. Cookies are local_spi and remote_spi; CHILD_SAs, our
// own exchange, tasks, identities and lifetimes are those of any IKE SA.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/crypto/ikev1_keys.h"
#include "libs/crypto/prf.h"
#include "libs/ipsec/proposal.h"
#include "services/iked/engine/ike_sa.h"
#include "services/iked/engine/ikev1/phase2.h"

namespace culvert::iked::ikev1 {

struct Phase1;
class Partial;

enum class Mode : uint8_t { kMain, kAggressive };

// How far Phase 1 is, and what runs between it and Phase 2. A step that ends in -ing waits for a computation.
enum class Step : uint8_t {
  kNew,  // a first message is looked at
  // Main Mode, initiator: messages 1, 3 and 5 are ours.
  kSaSent,
  kKeGenerating,
  kKeSent,
  kKeDeriving,
  kSigning,
  kIdSent,
  kVerifying,
  // Main Mode, responder: 2, 4 and 6.
  kSaAnswered,
  kKeResponding,
  kKeAnswered,
  kJudging,
  // Aggressive Mode, initiator: 1 and 3.
  kAggressiveGenerating,
  kAggressiveSent,
  kAggressiveDeriving,
  kAggressiveVerifying,
  // Aggressive Mode, responder: 2.
  kAggressiveResponding,
  kAggressiveSigning,
  kAggressiveAnswered,
  kAggressiveJudging,
  // Phase 1 stands.
  kXauth,
  kModeConfig,
  kDone,
};

// How far the peer detects NATs: the newest way that both sides know. Each has its payload numbers and, for what
// carries ESP, its encapsulation modes.
enum class NatTraversal : uint8_t { kNone, kDraft00, kDraft02, kDraft02n, kDraft03, kRfc3947 };

// What both sides can, by their vendor ids.
struct Features {
  NatTraversal nat = NatTraversal::kNone;
  bool dpd = false;  // RFC 3706
  bool xauth = false;
  bool fragmentation = false;  // of IKE messages, in Cisco's way
};

struct State {
  State();
  ~State();

  Mode mode = Mode::kMain;
  Step step = Step::kNew;
  ipsec::Suite suite;
  crypto::Prf prf{crypto::Hash::kSha1};  // HMAC of the negotiated hash
  crypto::Ikev1Keys keys;
  // The last ciphertext block of Phase 1: every later exchange's first IV is made from it and the message id.
  base::Bytes iv;
  Features peer;
  absl::Duration lifetime = absl::InfiniteDuration();  // that both sides agreed on

  // A message that comes again (its digest tells) is answered by the same octets: a responder repeats nothing by
  // itself.
  Datagrams last_sent;
  base::Bytes last_received;  // digest
  int repeats = 0;            // of last_sent, before the peer's address was proven

  std::unique_ptr<Phase1> phase1;    // until it stands
  std::unique_ptr<Partial> partial;  // a message of the peer that comes in pieces
  uint16_t cut = 0;                  // how many of ours went in pieces

  Phase2 phase2;

  uint32_t dpd_sent = 0;   // sequence numbers of RFC 3706; 0: none yet
  uint32_t dpd_asked = 0;  // the first one of the probe that is under way: each retransmission has the next
  uint32_t dpd_received = 0;

  uint64_t successor = 0;  // local cookie of the ISAKMP SA that its CHILD_SAs go to (succession.h); 0: none
};

// Phase 1 is over, and with it what may stand between it and Phase 2.
inline bool Stands(const IkeSa& sa) {
  return sa.ikev1 != nullptr && sa.ikev1->step == Step::kDone;
}

// Another one of the same peer takes over, now or when what this one is about is done.
inline bool IsSucceeded(const IkeSa& sa) {
  return sa.ikev1 != nullptr && sa.ikev1->successor != 0;
}

}  // namespace culvert::iked::ikev1
