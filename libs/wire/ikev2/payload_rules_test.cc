// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/payload_rules.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace culvert::wire::ikev2 {
namespace {

Message Of(ExchangeType exchange, bool response, std::vector<Payload> payloads) {
  Message message;
  message.header.exchange_type = static_cast<uint8_t>(exchange);
  message.header.flags = response ? kFlagResponse : 0;
  message.payloads = std::move(payloads);
  return message;
}
Message Request(ExchangeType exchange, std::vector<Payload> payloads) {
  return Of(exchange, false, std::move(payloads));
}
Message Response(ExchangeType exchange, std::vector<Payload> payloads) {
  return Of(exchange, true, std::move(payloads));
}
Malformed Fault(PayloadType type, DecodeError error) {
  return {error, static_cast<uint8_t>(type)};
}

const SaPayload kSa;
const KePayload kKe;
const NoncePayload kNonce;
const AuthPayload kAuth;
const Payload kIdI{PayloadType::kIdI, IdPayload{}};
const Payload kIdR{PayloadType::kIdR, IdPayload{}};
const Payload kTsI{PayloadType::kTsI, TsPayload{}};
const Payload kTsR{PayloadType::kTsR, TsPayload{}};

TEST(CheckPayloads, IkeSaInit) {
  using enum ExchangeType;
  EXPECT_EQ(CheckPayloads(Request(kIkeSaInit, {kSa, kKe, kNonce, VendorIdPayload{}})), std::nullopt);
  EXPECT_EQ(CheckPayloads(Request(kIkeSaInit, {kSa, kKe})), Fault(PayloadType::kNonce, DecodeError::kMissingPayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeSaInit, {})), Fault(PayloadType::kSa, DecodeError::kMissingPayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeSaInit, {kSa, kKe, kKe, kNonce})),
            Fault(PayloadType::kKe, DecodeError::kDuplicatePayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeSaInit, {kSa, kKe, kNonce, kAuth})),
            Fault(PayloadType::kAuth, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(CheckPayloads(Response(kIkeSaInit, {kSa, kKe, kNonce, CertReqPayload{}})), std::nullopt);
}

TEST(CheckPayloads, CookiesAndErrorsStandAloneInResponsesOnly) {
  using enum ExchangeType;
  for (const NotifyType type :
       {NotifyType::kCookie, NotifyType::kInvalidKePayload, NotifyType::kNoProposalChosen, NotifyType::kRedirect}) {
    EXPECT_EQ(CheckPayloads(Response(kIkeSaInit, {NotifyPayload{type}})), std::nullopt);
    EXPECT_EQ(CheckPayloads(Request(kIkeSaInit, {NotifyPayload{type}})),
              Fault(PayloadType::kSa, DecodeError::kMissingPayload));
  }
  EXPECT_EQ(CheckPayloads(Response(kIkeSaInit, {NotifyPayload{NotifyType::kNatDetectionSourceIp}})),
            Fault(PayloadType::kSa, DecodeError::kMissingPayload));
  EXPECT_EQ(CheckPayloads(Response(kCreateChildSa, {NotifyPayload{NotifyType::kCookie}})),
            Fault(PayloadType::kSa, DecodeError::kMissingPayload));
}

TEST(CheckPayloads, IkeAuthInItsForms) {
  using enum ExchangeType;
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {kIdI, CertPayload{}, CertPayload{}, kIdR, kAuth, kSa, kTsI, kTsR})),
            std::nullopt);
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {kIdI, kAuth})), std::nullopt);   // childless, RFC 6023
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {EapPayload{}})), std::nullopt);  // a round of EAP
  EXPECT_EQ(CheckPayloads(Response(kIkeAuth, {kIdR, kAuth, NotifyPayload{NotifyType::kTsUnacceptable}})), std::nullopt);
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {kIdI, kIdI})), Fault(PayloadType::kIdI, DecodeError::kDuplicatePayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {kIdI, kAuth, kSa, kTsI})),
            Fault(PayloadType::kTsR, DecodeError::kMissingPayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {kIdI, kAuth, kSa, kTsR})),
            Fault(PayloadType::kTsI, DecodeError::kMissingPayload));
  EXPECT_EQ(CheckPayloads(Response(kIkeAuth, {kIdI})), Fault(PayloadType::kIdI, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {kIdI, kKe})), Fault(PayloadType::kKe, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(CheckPayloads(Request(kIkeAuth, {SkPayload{}})), Fault(PayloadType::kSk, DecodeError::kUnexpectedPayload));
}

TEST(CheckPayloads, CreateChildSaWithAndWithoutSelectors) {
  using enum ExchangeType;
  EXPECT_EQ(CheckPayloads(Request(kCreateChildSa, {kSa, kNonce, kTsI, kTsR})), std::nullopt);
  EXPECT_EQ(CheckPayloads(Request(kCreateChildSa, {kSa, kNonce, kKe})), std::nullopt);  // the IKE SA itself
  EXPECT_EQ(CheckPayloads(Request(kCreateChildSa, {kSa, kTsI, kTsR})),
            Fault(PayloadType::kNonce, DecodeError::kMissingPayload));
  EXPECT_EQ(CheckPayloads(Response(kCreateChildSa, {NotifyPayload{NotifyType::kTemporaryFailure}})), std::nullopt);
}

TEST(CheckPayloads, Informational) {
  using enum ExchangeType;
  EXPECT_EQ(CheckPayloads(Request(kInformational, {})), std::nullopt);  // DPD
  EXPECT_EQ(CheckPayloads(Response(kInformational, {DeletePayload{}, ConfigPayload{}})), std::nullopt);
  EXPECT_EQ(CheckPayloads(Request(kInformational, {kSa})), Fault(PayloadType::kSa, DecodeError::kUnexpectedPayload));
  const Payload unknown{static_cast<PayloadType>(200), UnknownPayload{}};
  EXPECT_EQ(CheckPayloads(Request(kInformational, {unknown})), std::nullopt);
}

TEST(CheckPayloads, ExchangesOfIkev1AndOthersAreUnknown) {
  for (const uint8_t exchange : {0, 2, 4, 5, 33, 38, 43, 255}) {
    EXPECT_EQ(CheckPayloads(Request(static_cast<ExchangeType>(exchange), {})), Malformed{DecodeError::kExchangeType});
  }
}

TEST(PayloadRules, TableHasOneRowForEachPayloadOfAnExchange) {
  const auto rules = PayloadRules();
  for (const PayloadRule& rule : rules) {
    EXPECT_LE(rule.min, rule.max);
    EXPECT_EQ(std::count_if(rules.begin(), rules.end(),
                            [&](const PayloadRule& other) {
                              return other.exchange == rule.exchange && other.response == rule.response &&
                                     other.type == rule.type;
                            }),
              1);
  }
}

}  // namespace
}  // namespace culvert::wire::ikev2
