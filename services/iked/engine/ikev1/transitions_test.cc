// SPDX-License-Identifier: Apache-2.0
// The table of Phase 1, row by row.
#include "services/iked/engine/ikev1/transitions.h"

#include <set>

#include "gtest/gtest.h"

namespace culvert::iked::ikev1 {
namespace {

TEST(Ikev1Transitions, EachRowIsTheOnlyOneOfItsStepAndTrigger) {
  for (const Transition& row : Transitions()) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(row.form.has_value(), row.trigger == Trigger::kMessage);
    if (row.form) {
      const wire::ikev1::FormRule& rule = wire::ikev1::FormRules()[static_cast<size_t>(*row.form)];
      EXPECT_EQ(rule.form, *row.form);
      EXPECT_TRUE(rule.phase1);
      EXPECT_EQ(FindMessage(row.from, rule.exchange), &row);
    } else {
      EXPECT_EQ(FindComputed(row.from), &row);
    }
  }
}

TEST(Ikev1Transitions, EveryStepIsEnteredAndLeft) {
  std::set<Step> entered = {Step::kNew, Step::kSaSent, Step::kAggressiveGenerating};  // these by Connect
  std::set<Step> left;
  for (const Transition& row : Transitions()) {
    entered.insert(row.to);
    left.insert(row.from);
  }
  for (int i = 0; i < static_cast<int>(Step::kXauth); ++i) {
    EXPECT_TRUE(entered.contains(static_cast<Step>(i))) << i;
    EXPECT_TRUE(left.contains(static_cast<Step>(i))) << i;
  }
  EXPECT_TRUE(entered.contains(Step::kDone));
}

// The other mode's messages, and those of Phase 2, find no row in any step.
TEST(Ikev1Transitions, NothingElseFits) {
  for (int i = 0; i <= static_cast<int>(Step::kDone); ++i) {
    for (const auto exchange : {wire::ikev1::ExchangeType::kQuick, wire::ikev1::ExchangeType::kInformational,
                                wire::ikev1::ExchangeType::kTransaction}) {
      EXPECT_EQ(FindMessage(static_cast<Step>(i), exchange), nullptr);
    }
  }
  EXPECT_EQ(FindMessage(Step::kSaSent, wire::ikev1::ExchangeType::kAggressive), nullptr);
  EXPECT_EQ(FindMessage(Step::kAggressiveSent, wire::ikev1::ExchangeType::kMain), nullptr);
}

}  // namespace
}  // namespace culvert::iked::ikev1
