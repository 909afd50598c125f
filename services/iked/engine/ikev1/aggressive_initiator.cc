// SPDX-License-Identifier: Apache-2.0
// Aggressive Mode as initiator (RFC 2409 5.1, 5.4): all in three messages, identities in clear.
//
//   HDR, SA, KE, Ni, IDii, VIDs                    ──▶
//                                                  ◀──  HDR, SA, KE, Nr, IDir, HASH_R or [CERT,] SIG_R, VIDs, NAT-D
//   HDR*, HASH_I or [CERT,] SIG_I, NAT-D           ──▶                  by port 4500, if there is a NAT
#include "absl/strings/str_cat.h"
#include "services/iked/engine/connect.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ike_auth.h"
#include "services/iked/engine/ikev1/authentication.h"
#include "services/iked/engine/ikev1/initiator.h"
#include "services/iked/engine/ikev1/nat_traversal.h"
#include "services/iked/engine/ikev1/offer.h"
#include "services/iked/engine/ikev1/phase1.h"
#include "services/iked/engine/ikev1/transitions.h"
#include "services/iked/engine/ikev1/vendors.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::ExchangeType;
using wire::ikev1::KePayload;
using wire::ikev1::Message;
using wire::ikev1::NoncePayload;

// The one group that validation leaves: KE goes along with the offer.
void BeginAggressive(Core& core, IkeSa& sa) {
  AskPhase1(core, sa, Priority::kProven, DhGenerate{sa.config->ike_proposals.front().dh.front()});
  sa.ikev1->step = Step::kAggressiveGenerating;
}

bool OnAggressiveGenerated(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!TakeOwnPublic(core, sa, *occasion.result)) return false;
  Phase1& phase1 = *sa.ikev1->phase1;
  phase1.offer = OfferOf(*sa.config);
  Payloads payloads;
  payloads.push_back(phase1.offer);
  payloads.push_back(KePayload{phase1.own_public});
  payloads.push_back(NoncePayload{sa.handshake->own_nonce});
  payloads.push_back(TakeOwnId(sa, sa.local_id));
  AppendCertificateRequest(payloads, sa);
  AppendVendorIds(payloads, *sa.config, sa.handshake->encapsulation);
  SendOwnPlain(core, sa, ExchangeType::kAggressive, std::move(payloads));
  Tell(core, *sa.tunnel,
       absl::StrCat("Aggressive Mode begun with ", sa.remote.ToString(), " as ", sa.local_id.ToString()));
  return true;
}

bool OnAggressiveAnswer(Core& core, IkeSa& sa, Occasion& occasion) {
  const Message& message = *occasion.message;
  if (!TakeAnswer(core, sa, message) || !TakeResponderId(core, sa, message)) return false;
  TakePeerPublic(core, sa, message);
  return true;
}

bool OnAggressiveDerived(Core& core, IkeSa& sa, Occasion& occasion) {
  return TakeKeys(core, sa, *occasion.result) && AskProofs(core, sa, /*check=*/true);
}

bool OnAggressiveVerified(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!OnPeerVerified(core, sa, occasion)) return false;
  Payloads payloads;
  AppendProof(payloads, sa, occasion.result);
  if (IsInitialContact(core, sa)) payloads.push_back(InitialContact(sa));
  FloatUnlessDirect(sa);
  if (sa.nat.detection) AppendNatDetection(payloads, sa, core.rng);
  // Nothing answers it; what is repeated is our first exchange of Phase 2 (exchange.cc), and this with it.
  sa.ikev1->last_sent = SendSealed(core, sa, {ExchangeType::kAggressive}, std::move(payloads), sa.ikev1->iv);
  return true;
}

}  // namespace culvert::iked::ikev1
