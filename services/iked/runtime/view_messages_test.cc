// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/view_messages.h"

#include <gtest/gtest.h>

namespace culvert::iked {
namespace {

// The engine has the words of the contract under its numbers.
template <typename Ours>
void ExpectWords(const google::protobuf::EnumDescriptor& contract) {
  for (int i = 0; i < contract.value_count(); ++i) {
    const auto& word = *contract.value(i);
    EXPECT_EQ(std::string(Name(static_cast<Ours>(word.number()))), word.name());
  }
}

TEST(ViewMessages, DiagnosisCodesAndPhasesAreThoseOfTheContract) {
  ExpectWords<DiagnosisCode>(*ike::v1::DiagnosisCode::Value_descriptor());
  ExpectWords<Phase>(*ike::v1::Phase::Value_descriptor());
}

TEST(ViewMessages, AnIkeSaTellsItsVersionAndHowEachSideProvedItself) {
  IkeSaView view;
  view.version = 1;
  view.local_auth = "psk+xauth";
  view.remote_auth = "psk";
  ike::v1::IkeSa message;
  ToProto(view, &message);
  EXPECT_EQ(message.version(), 1);
  EXPECT_EQ(message.local_auth(), "psk+xauth");
  EXPECT_EQ(message.remote_auth(), "psk");
}

}  // namespace
}  // namespace culvert::iked
