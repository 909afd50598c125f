// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/reassembly.h"

#include "gtest/gtest.h"

namespace culvert::iked {
namespace {

using wire::ikev2::Fragment;
using wire::ikev2::PayloadType;

Fragment Piece(uint16_t number, uint16_t total, base::Bytes text) {
  Fragment fragment;
  fragment.header.exchange_type = 35;
  fragment.header.message_id = 1;
  fragment.first_inner = number == 1 ? PayloadType::kIdI : PayloadType::kNone;
  fragment.number = number;
  fragment.total = total;
  fragment.text = std::move(text);
  return fragment;
}

TEST(Reassembly, AnyOrderGivesTheWhole) {
  Reassembly partial(1, 35, nullptr);
  for (const uint16_t number : {3, 1, 2}) {
    EXPECT_FALSE(partial.complete());
    EXPECT_FALSE(partial.Add(Piece(number, 3, {static_cast<uint8_t>(number)})));
  }
  ASSERT_TRUE(partial.complete());
  const auto whole = partial.Take();
  EXPECT_EQ(whole.first, PayloadType::kIdI);
  EXPECT_EQ(whole.chain, (base::Bytes{1, 2, 3}));
}

TEST(Reassembly, RepeatedAndLowerTotalsAreRefusedBeforeTheyCostAnything) {
  Reassembly partial(1, 35, nullptr);
  EXPECT_FALSE(partial.Refuses({2, 3}));
  partial.Add(Piece(2, 3, {2}));
  EXPECT_EQ(partial.Refuses({2, 3}), "fragment_repeated");
  EXPECT_EQ(partial.Refuses({1, 2}), "fragment_total");
  EXPECT_FALSE(partial.Refuses({1, 3}));
  EXPECT_FALSE(partial.Refuses({1, 4}));
}

TEST(Reassembly, AHigherTotalBeginsAnew) {
  Reassembly partial(1, 35, nullptr);
  partial.Add(Piece(1, 2, {1, 1}));
  partial.Add(Piece(2, 3, {8}));
  EXPECT_EQ(partial.size(), 1u);
  partial.Add(Piece(1, 3, {7}));
  partial.Add(Piece(3, 3, {9}));
  ASSERT_TRUE(partial.complete());
  EXPECT_EQ(partial.Take().chain, (base::Bytes{7, 8, 9}));
}

TEST(Reassembly, AFragmentOfAnotherExchangeIsNotMixedIn) {
  Reassembly partial(1, 35, nullptr);
  partial.Add(Piece(1, 2, {1}));
  Fragment other = Piece(2, 2, {2});
  other.header.exchange_type = 37;
  EXPECT_EQ(partial.Add(std::move(other)), "fragment_exchange");
  EXPECT_FALSE(partial.complete());
}

TEST(Reassembly, AMessageHasAnEnd) {
  Reassembly partial(1, 35, nullptr);
  EXPECT_FALSE(partial.Add(Piece(1, 2, base::Bytes(kMaxReassembled - 1))));
  EXPECT_EQ(partial.Add(Piece(2, 2, base::Bytes(2))), "fragment_too_large");
  EXPECT_FALSE(partial.complete());
}

TEST(Reassembly, StrangersShareABudgetAndGiveItBack) {
  FragmentBudget budget(100);
  Reassembly first(1, 35, &budget);
  EXPECT_FALSE(first.Add(Piece(1, 2, base::Bytes(60))));
  {
    Reassembly second(1, 35, &budget);
    EXPECT_EQ(second.Add(Piece(1, 2, base::Bytes(60))), "fragment_too_large");
    EXPECT_FALSE(second.Add(Piece(1, 2, base::Bytes(40))));
    EXPECT_EQ(budget.used(), 100u);
  }
  EXPECT_EQ(budget.used(), 60u);
  EXPECT_FALSE(first.Add(Piece(1, 3, base::Bytes(10))));  // cut anew
  EXPECT_EQ(budget.used(), 10u);
}

}  // namespace
}  // namespace culvert::iked
