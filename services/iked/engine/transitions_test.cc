// SPDX-License-Identifier: Apache-2.0
// The table itself: every row can be reached, none is ambiguous by accident, every state has a way out.
#include "services/iked/engine/transitions.h"

#include <set>

#include "gtest/gtest.h"
#include "libs/wire/ikev2/payload_rules.h"

namespace culvert::iked {
namespace {

using enum wire::ikev2::PayloadType;
using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::PayloadType;

constexpr int kStates = static_cast<int>(IkeState::kGone) + 1;

wire::ikev2::Payload Sample(PayloadType type) {
  switch (type) {
    case kSa:
      return {kSa, wire::ikev2::SaPayload{}};
    case kKe:
      return {kKe, wire::ikev2::KePayload{}};
    case kIdI:
    case kIdR:
      return {type, wire::ikev2::IdPayload{}};
    case kAuth:
      return {kAuth, wire::ikev2::AuthPayload{}};
    case kNonce:
      return {kNonce, wire::ikev2::NoncePayload{}};
    case kEap:
      return {kEap, wire::ikev2::EapPayload{}};
    default:
      return {type, wire::ikev2::TsPayload{}};
  }
}

// The least message that the row takes.
Message MessageFor(const Transition& row) {
  Message message;
  message.header.exchange_type = static_cast<uint8_t>(row.exchange);
  message.header.flags = row.trigger == Trigger::kResponse ? wire::kFlagResponse : 0;
  for (const PayloadType type : {kSa, kKe, kIdI, kIdR, kAuth, kNonce, kTsI, kTsR, kEap}) {
    if ((row.required & Has(type)) != 0) message.payloads.push_back(Sample(type));
  }
  if (row.notify) message.payloads.push_back(NotifyPayload{.type = *row.notify});
  return message;
}

bool TakesMessage(const Transition& row) {
  return row.trigger == Trigger::kRequest || row.trigger == Trigger::kResponse;
}

TEST(Transitions, EveryRowIsReachedFromEachOfItsStates) {
  for (const Transition& row : Transitions()) {
    const Message message = MessageFor(row);
    for (int state = 0; state < kStates; ++state) {
      if ((row.from & In(static_cast<IkeState>(state))) == 0) continue;
      const Transition* found =
          FindTransition(static_cast<IkeState>(state), row.trigger, row.story, TakesMessage(row) ? &message : nullptr);
      EXPECT_EQ(found, &row) << row.name << " is hidden by " << (found == nullptr ? "nothing" : found->name);
    }
  }
}

TEST(Transitions, EveryStateIsEnteredAndLeft) {
  std::set<IkeState> entered = {IkeState::kNew, IkeState::kGenerating, IkeState::kCrossed, IkeState::kDeleting,
                                IkeState::kGone};
  std::set<IkeState> left = {IkeState::kGone, IkeState::kRefused};  // kRefused ends by its stay limit
  entered.insert(IkeState::kIkev1Negotiating);                      // of IKEv1, which has a table of its own
  left.insert(IkeState::kIkev1Negotiating);
  for (const Transition& row : Transitions()) {
    if (row.to) entered.insert(*row.to);
    for (int state = 0; state < kStates; ++state) {
      if ((row.from & In(static_cast<IkeState>(state))) != 0) left.insert(static_cast<IkeState>(state));
    }
  }
  EXPECT_EQ(entered.size(), static_cast<size_t>(kStates));
  EXPECT_EQ(left.size(), static_cast<size_t>(kStates));
}

// What waits for a peer does not wait for ever.
TEST(Transitions, EachResponderStateBeforeAuthenticationIsBounded) {
  for (const IkeState state : {IkeState::kResponding, IkeState::kAuthAwaited, IkeState::kEapStarting,
                               IkeState::kEapAwaited, IkeState::kJudging, IkeState::kEstablishing,
                               IkeState::kIkev1Negotiating, IkeState::kRefused, IkeState::kRekeyed}) {
    EXPECT_LT(StayLimit(state), absl::Minutes(2));
  }
}

// A row that requires what the payload rules forbid could never run.
TEST(Transitions, EveryRowAgreesWithThePayloadRules) {
  for (const Transition& row : Transitions()) {
    if (!TakesMessage(row)) continue;
    for (const PayloadType type : {kSa, kKe, kIdI, kIdR, kAuth, kNonce, kTsI, kTsR}) {
      if ((row.required & Has(type)) == 0) continue;
      bool allowed = false;
      for (const wire::ikev2::PayloadRule& rule : wire::ikev2::PayloadRules()) {
        allowed = allowed || (rule.exchange == row.exchange && rule.type == type &&
                              rule.response == (row.trigger == Trigger::kResponse));
      }
      EXPECT_TRUE(allowed) << row.name << ": " << ToString(type);
    }
  }
}

// Before the keys are proven to belong to somebody, nothing but IKE_AUTH is heard, and the word that ends it.
TEST(Transitions, OnlyIkeAuthReachesAnUnauthenticatedSa) {
  for (const Transition& row : Transitions()) {
    if (row.trigger != Trigger::kRequest) continue;
    if (row.notify == wire::ikev2::NotifyType::kAuthenticationFailed && row.to == IkeState::kRefused) continue;
    for (const IkeState state : {IkeState::kResponding, IkeState::kAuthAwaited, IkeState::kEapStarting,
                                 IkeState::kEapAwaited, IkeState::kJudging, IkeState::kEstablishing,
                                 IkeState::kInitSent, IkeState::kAuthSent, IkeState::kVerifying, IkeState::kRefused}) {
      if ((row.from & In(state)) != 0) {
        EXPECT_EQ(row.exchange, ExchangeType::kIkeAuth) << row.name;
      }
    }
  }
}

}  // namespace
}  // namespace culvert::iked
