// SPDX-License-Identifier: Apache-2.0
// Main Mode as initiator (RFC 2409 5.1, 5.4).
//
//   HDR, SA, VIDs                            ──▶
//                                            ◀──  HDR, SA, VIDs
//   HDR, KE, Ni, NAT-D                       ──▶
//                                            ◀──  HDR, KE, Nr, NAT-D
//   HDR*, IDii, HASH_I or [CERT,] SIG_I      ──▶                        by port 4500, if there is a NAT
//                                            ◀──  HDR*, IDir, HASH_R or [CERT,] SIG_R
#include "absl/strings/str_cat.h"
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
using wire::ikev1::NoncePayload;

void BeginMain(Core& core, IkeSa& sa) {
  sa.ikev1->phase1->offer = OfferOf(*sa.config);
  Payloads payloads;
  payloads.push_back(sa.ikev1->phase1->offer);
  AppendVendorIds(payloads, *sa.config, sa.handshake->encapsulation);
  SendOwnPlain(core, sa, ExchangeType::kMain, std::move(payloads));
  sa.ikev1->step = Step::kSaSent;
  Tell(core, *sa.tunnel, absl::StrCat("Main Mode begun with ", sa.remote.ToString()));
}

bool OnMainSaAnswer(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!TakeAnswer(core, sa, *occasion.message)) return false;
  AskPhase1(core, sa, Priority::kProven, DhGenerate{sa.ikev1->suite.dh});
  return true;
}

bool OnMainKeGenerated(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!TakeOwnPublic(core, sa, *occasion.result)) return false;
  Payloads payloads;
  payloads.push_back(KePayload{sa.ikev1->phase1->own_public});
  payloads.push_back(NoncePayload{sa.handshake->own_nonce});
  AppendCertificateRequest(payloads, sa);
  AppendNatDetection(payloads, sa, core.rng);
  SendOwnPlain(core, sa, ExchangeType::kMain, std::move(payloads));
  return true;
}

bool OnMainKeAnswer(Core& core, IkeSa& sa, Occasion& occasion) {
  TakePeerPublic(core, sa, *occasion.message);
  return true;
}

bool OnMainDerived(Core& core, IkeSa& sa, Occasion& occasion) {
  TakeOwnId(sa, sa.local_id);
  return TakeKeys(core, sa, *occasion.result) && AskProofs(core, sa, /*check=*/false);
}

bool OnMainSigned(Core& core, IkeSa& sa, Occasion& occasion) {
  if (!OwnProofMade(core, sa, occasion.result)) return false;
  Payloads payloads;
  payloads.push_back(TakeOwnId(sa, sa.local_id));
  AppendProof(payloads, sa, occasion.result);
  if (IsInitialContact(core, sa)) payloads.push_back(InitialContact(sa));
  FloatUnlessDirect(sa);
  SendOwn(core, sa, {ExchangeType::kMain}, std::move(payloads), sa.ikev1->iv);
  Tell(core, *sa.tunnel,
       absl::StrCat("Main Mode: proof sent to ", sa.remote.ToString(), " as ", sa.local_id.ToString()));
  return true;
}

bool OnMainIdAnswer(Core& core, IkeSa& sa, Occasion& occasion) {
  return TakeResponderId(core, sa, *occasion.message) && AskProofs(core, sa, /*check=*/true);
}

}  // namespace culvert::iked::ikev1
