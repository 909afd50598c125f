// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/transitions.h"

#include "services/iked/engine/handlers.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {
namespace {

using enum wire::ikev2::ExchangeType;
using enum wire::ikev2::NotifyType;
using enum wire::ikev2::PayloadType;
using enum IkeState;
using enum Story;
using enum Trigger;

constexpr auto kAny = std::nullopt;
constexpr auto kStay = std::nullopt;

constexpr PayloadSet kOffer = Has(kSa) | Has(kNonce);
constexpr PayloadSet kSelectors = Has(kTsI) | Has(kTsR);
constexpr PayloadSet kChild = Has(kSa) | kSelectors;  // of IKE_AUTH

// The first row that fits is taken, so special cases stand above general ones.
constexpr Transition kTransitions[] = {
    // RFC 7296 1.2, IKE_SA_INIT as initiator
    {"our key exchange value is there", kOwnGenerated, kConnect, kIkeSaInit, In(kGenerating), 0, 0, kAny,
     OnInitGenerated, kInitSent},
    {"a cookie is demanded", kResponse, kConnect, kIkeSaInit, In(kInitSent), 0, 0, kCookie, OnCookie, kStay},
    {"another group is wanted", kResponse, kConnect, kIkeSaInit, In(kInitSent), 0, 0, kInvalidKePayload, OnInvalidKe,
     kGenerating},
    {"IKE_SA_INIT is answered", kResponse, kConnect, kIkeSaInit, In(kInitSent), kOffer | Has(kKe), 0, kAny,
     OnInitResponse, kDeriving},
    {"IKE_SA_INIT is refused", kResponse, kConnect, kIkeSaInit, In(kInitSent), 0, 0, kAny, OnInitRefused, kStay},
    {"the shared secret is there", kOwnDerived, kConnect, kIkeAuth, In(kDeriving), 0, 0, kAny, OnInitDerived, kSigning,
     ProceedUnlessComputing},

    // IKE_SA_INIT as responder
    {"IKE_SA_INIT is asked", kRequest, kConnect, kIkeSaInit, In(kNew), kOffer | Has(kKe), 0, kAny, OnInitRequest,
     kResponding},
    {"our key exchange is done", kPeerComputed, kConnect, kIkeSaInit, In(kResponding), 0, 0, kAny, OnInitResponded,
     kAuthAwaited},

    // IKE_AUTH
    {"the peer authenticates", kRequest, kConnect, kIkeAuth, In(kAuthAwaited),
     Has(kIdI) | Has(kAuth) | Has(kSa) | kSelectors, Has(kEap), kAny, OnAuthRequest, kJudging, JudgeUnlessComputing},
    {"the peer asks for EAP", kRequest, kConnect, kIkeAuth, In(kAuthAwaited), Has(kIdI) | Has(kSa) | kSelectors,
     Has(kAuth) | Has(kEap), kAny, OnEapRequest, kEapStarting, JudgeUnlessComputing},
    {"the peer authenticates, and wants no CHILD_SA", kRequest, kConnect, kIkeAuth, In(kAuthAwaited),
     Has(kIdI) | Has(kAuth), Has(kEap) | kChild, kAny, OnAuthRequest, kJudging, JudgeUnlessComputing},
    {"the peer asks for EAP, and wants no CHILD_SA", kRequest, kConnect, kIkeAuth, In(kAuthAwaited), Has(kIdI),
     Has(kAuth) | Has(kEap) | kChild, kAny, OnEapRequest, kEapStarting, JudgeUnlessComputing},
    {"our AUTH ahead of EAP is made", kPeerComputed, kConnect, kIkeAuth, In(kEapStarting), 0, 0, kAny, OnEapStarted,
     kEapAwaited},
    {"the peer answers EAP", kRequest, kConnect, kIkeAuth, In(kEapAwaited), Has(kEap), Has(kAuth), kAny, OnEapAnswer,
     kStay},
    {"EAP goes on", kPeerComputed, kConnect, kIkeAuth, In(kEapAwaited), 0, 0, kAny, OnEapServed, kStay},
    {"the peer authenticates after EAP", kRequest, kConnect, kIkeAuth, In(kEapAwaited), Has(kAuth), Has(kEap), kAny,
     OnEapAuth, kJudging, JudgeUnlessComputing},
    {"the peer gives EAP up", kRequest, kLiveness, kInformational, In(kEapAwaited), 0, 0, kAuthenticationFailed,
     OnEapAbandoned, kRefused},
    {"the peer authenticates otherwise", kRequest, kConnect, kIkeAuth, In(kAuthAwaited), 0, 0, kAny, OnOtherAuthRequest,
     kRefused},
    {"the peer's AUTH is checked, ours made", kPeerComputed, kConnect, kIkeAuth, In(kJudging), 0, 0, kAny, OnAuthJudged,
     kEstablishing, AnswerUnlessInstalling},
    {"the first CHILD_SA is in", kPeerInstalled, kConnect, kIkeAuth, In(kEstablishing), 0, 0, kAny, OnAuthInstalled,
     kEstablished, Established},
    {"our AUTH is made", kOwnComputed, kConnect, kIkeAuth, In(kSigning), 0, 0, kAny, OnAuthSigned, kAuthSent},
    {"the peer starts EAP", kResponse, kConnect, kIkeAuth, In(kAuthSent), Has(kIdR) | Has(kEap), 0, kAny, OnEapOffered,
     kEapVerifying, ProceedUnlessComputing},
    {"the peer's AUTH ahead of EAP is checked", kOwnComputed, kConnect, kIkeAuth, In(kEapVerifying), 0, 0, kAny,
     OnEapPeerVerified, kEapStepping},
    {"our answer to EAP is made", kOwnComputed, kConnect, kIkeAuth, In(kEapStepping), 0, 0, kAny, OnEapStepped,
     kEapSent},
    {"EAP goes on", kResponse, kConnect, kIkeAuth, In(kEapSent), Has(kEap), 0, kAny, OnEapAsked, kEapStepping},
    {"our AUTH after EAP is answered", kResponse, kConnect, kIkeAuth, In(kEapSent), Has(kAuth), 0, kAny, OnAuthResponse,
     kVerifying, ProceedUnlessComputing},
    {"our authentication is answered", kResponse, kConnect, kIkeAuth, In(kAuthSent), Has(kIdR) | Has(kAuth), 0, kAny,
     OnAuthResponse, kVerifying, ProceedUnlessComputing},
    {"the peer's AUTH is checked", kOwnComputed, kConnect, kIkeAuth, In(kVerifying), 0, 0, kAny, OnAuthVerified,
     kEstablished, Established},
    {"our authentication is refused", kResponse, kConnect, kIkeAuth, In(kAuthSent) | In(kEapSent), 0, 0, kAny,
     OnAuthRefused, kStay},
    {"the first CHILD_SA is in", kOwnInstalled, kConnect, kIkeAuth, In(kEstablished), 0, 0, kAny, OnFirstChildInstalled,
     kStay},

    // CREATE_CHILD_SA for a CHILD_SA (1.3.1, 1.3.3), ours
    {"our value for PFS is there", kOwnGenerated, kNewChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnChildGenerated, kStay},
    {"our value for PFS is there", kOwnGenerated, kRekeyChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnChildGenerated, kStay},
    {"the secret for PFS is there", kOwnDerived, kNewChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnChildDerived, kStay},
    {"the secret for PFS is there", kOwnDerived, kRekeyChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnChildDerived, kStay},
    {"the new CHILD_SA is granted", kResponse, kNewChild, kCreateChildSa, In(kEstablished), kOffer | kSelectors, 0,
     kAny, OnChildResponse, kStay},
    {"the rekeyed CHILD_SA is granted", kResponse, kRekeyChild, kCreateChildSa, In(kEstablished), kOffer | kSelectors,
     0, kAny, OnChildResponse, kStay},
    {"the new CHILD_SA is refused", kResponse, kNewChild, kCreateChildSa, In(kEstablished), 0, 0, kAny, OnChildRefused,
     kStay},
    {"the rekeyed CHILD_SA is refused", kResponse, kRekeyChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnChildRefused, kStay},
    {"the new CHILD_SA is in", kOwnInstalled, kNewChild, kCreateChildSa, In(kEstablished), 0, 0, kAny, OnChildInstalled,
     kStay},
    {"the rekeyed CHILD_SA is in", kOwnInstalled, kRekeyChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnChildInstalled, kStay},

    // CREATE_CHILD_SA, the peer's
    {"a CHILD_SA is to be rekeyed", kRequest, kRekeyChild, kCreateChildSa, In(kEstablished), kOffer | kSelectors, 0,
     kRekeySa, OnRekeyChildRequest, kStay},
    {"a CHILD_SA is asked for", kRequest, kNewChild, kCreateChildSa, In(kEstablished), kOffer | kSelectors, 0, kAny,
     OnNewChildRequest, kStay},
    {"the IKE SA is to be rekeyed", kRequest, kRekeyIke, kCreateChildSa, In(kEstablished), kOffer | Has(kKe),
     kSelectors, kAny, OnIkeRekeyRequest, kStay},
    {"something is asked of an SA that is leaving", kRequest, kNewChild, kCreateChildSa, In(kRekeyed) | In(kDeleting),
     0, 0, kAny, OnUntimelyRequest, kStay},
    {"the peer's PFS is computed", kPeerComputed, kNewChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnPeerChildComputed, kStay},
    {"the peer's PFS is computed", kPeerComputed, kRekeyChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnPeerChildComputed, kStay},
    {"the peer's CHILD_SA is in", kPeerInstalled, kNewChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnPeerChildInstalled, kStay},
    {"the peer's rekeyed CHILD_SA is in", kPeerInstalled, kRekeyChild, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnPeerChildInstalled, kStay},

    // CREATE_CHILD_SA for the IKE SA itself (1.3.2)
    {"our value for the next IKE SA is there", kOwnGenerated, kRekeyIke, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnIkeRekeyGenerated, kStay},
    {"the next IKE SA is granted", kResponse, kRekeyIke, kCreateChildSa, In(kEstablished), kOffer | Has(kKe), 0, kAny,
     OnIkeRekeyResponse, kStay},
    {"the next IKE SA is refused", kResponse, kRekeyIke, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnIkeRekeyRefused, kStay},
    {"the next IKE SA's secret is there", kOwnDerived, kRekeyIke, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnIkeRekeyDerived, kRekeyed, HandedOver},
    {"a next IKE SA is granted that nobody needs", kResponse, kRekeyIke, kCreateChildSa, In(kRekeyed) | In(kDeleting),
     kOffer | Has(kKe), 0, kAny, OnIkeRekeyResponse, kStay},
    {"its secret is there", kOwnDerived, kRekeyIke, kCreateChildSa, In(kRekeyed) | In(kDeleting), 0, 0, kAny,
     OnMootIkeRekeyDerived, kStay},
    {"the peer's next IKE SA is computed", kPeerComputed, kRekeyIke, kCreateChildSa, In(kEstablished), 0, 0, kAny,
     OnIkeRekeyComputed, kStay},
    {"ours was quicker", kPeerComputed, kRekeyIke, kCreateChildSa, In(kRekeyed), 0, 0, kAny, OnUntimelyRequest, kStay},

    // INFORMATIONAL (1.4)
    {"the peer tells, deletes, or asks whether we live", kRequest, kLiveness, kInformational,
     In(kEstablished) | In(kCrossed) | In(kRekeyed) | In(kDeleting), 0, 0, kAny, OnInformationalRequest, kStay},
    {"our Delete of a CHILD_SA is answered", kResponse, kDeleteChild, kInformational, In(kEstablished), 0, 0, kAny,
     OnChildDeleted, kStay},
    {"our Delete is answered", kResponse, kDeleteIke, kInformational, In(kRekeyed) | In(kDeleting), 0, 0, kAny,
     OnIkeDeleted, kGone},
    {"our refusal is answered", kResponse, kRefuse, kInformational, In(kDeleting), 0, 0, kAny, OnIkeDeleted, kGone},
    {"our addresses are answered", kResponse, kMobike, kInformational, In(kEstablished), 0, 0, kAny, OnMobikeAnswered,
     kStay},
    {"our crash token is known", kResponse, kCrashToken, kInformational, In(kEstablished), 0, 0, kAny, OnMootResponse,
     kStay},
    {"the peer lives", kResponse, kLiveness, kInformational, In(kEstablished), 0, 0, kAny, OnAlive, kStay},
};

// An SA that leaves has an exchange to finish first (window 1): whatever its answer says, it no longer matters.
constexpr Transition kMoot = {"an answer that no longer matters",
                              kResponse,
                              kLiveness,
                              kInformational,
                              In(kDeleting) | In(kRekeyed),
                              0,
                              0,
                              kAny,
                              OnMootResponse,
                              kStay};

bool Fits(const Transition& row, const wire::ikev2::Message& message, PayloadSet payloads) {
  return row.exchange == message.exchange() && (payloads & row.required) == row.required &&
         (payloads & row.forbidden) == 0 && (!row.notify || message.Has(*row.notify));
}

}  // namespace

PayloadSet PayloadsOf(const wire::ikev2::Message& message) {
  PayloadSet set = 0;
  for (const wire::ikev2::Payload& payload : message.payloads) {
    if (payload.type >= kSa && payload.type <= kEap) set |= Has(payload.type);
  }
  return set;
}

std::span<const Transition> Transitions() {
  return kTransitions;
}

const Transition* FindTransition(IkeState from, Trigger trigger, Story story, const wire::ikev2::Message* message) {
  const PayloadSet payloads = message == nullptr ? 0 : PayloadsOf(*message);
  for (const Transition& row : kTransitions) {
    if (row.trigger != trigger || (row.from & In(from)) == 0) continue;
    if (trigger != kRequest && row.story != story) continue;
    if (message != nullptr && !Fits(row, *message, payloads)) continue;
    return &row;
  }
  return trigger == kResponse && (kMoot.from & In(from)) != 0 ? &kMoot : nullptr;
}

bool Dispatch(Core& core, IkeSa& sa, Trigger trigger, Story story, Step& step) {
  const Transition* row = FindTransition(sa.state, trigger, story, step.message);
  if (row == nullptr) {
    if (step.message != nullptr) core.counters.Add("ipsec_ike_invalid_messages_total", {"out_of_state"});
    return false;
  }
  if (!row->handler(core, sa, step)) return false;
  if (row->to == kGone) {
    core.Destroy(sa);
  } else if (row->to) {
    core.SetState(sa, *row->to);
  }
  if (row->then != nullptr) row->then(core, sa);
  return true;
}

absl::Duration StayLimit(IkeState state) {
  switch (state) {
    case kResponding:
    case kAuthAwaited:
    case kEapStarting:
    case kEapAwaited:
    case kJudging:
    case kEstablishing:
    case kIkev1Negotiating:
      return kHalfOpenTimeout;
    case kRefused:
      return kRefusalLinger;
    case kRekeyed:
      return kRekeyedLinger;
    default:
      return absl::InfiniteDuration();
  }
}

}  // namespace culvert::iked
