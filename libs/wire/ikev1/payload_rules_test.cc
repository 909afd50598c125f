// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/payload_rules.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using enum MessageForm;
using Payloads = std::vector<Payload>;

const Payload kSa = SaPayload{};
const Payload kKe = KePayload{{1}};
const Payload kNonce = NoncePayload{Bytes(16)};
const Payload kId = IdPayload{IdType::kIpv4, 0, 0, Bytes(4)};
const Payload kHash = HashPayload{{1}};
const Payload kSig = SignaturePayload{{1}};
const Payload kCert = CertPayload{CertEncoding::kX509Signature, {1}};
const Payload kCertReq = CertReqPayload{};
const Payload kNotify = NotifyPayload{NotifyType::kInitialContact};
const Payload kError = NotifyPayload{NotifyType::kNoProposalChosen};
const Payload kDelete = DeletePayload{};
const Payload kVid = VendorIdPayload{{1}};
const Payload kAttr = AttributesPayload{};
const Payload kNatD = NatDPayload{{1}};
const Payload kNatDDraft = Payload(PayloadType::kNatDDraft, NatDPayload{{1}});
const Payload kNatOa = NatOaPayload{base::IpAddress::V4(1)};

const FormRule& RuleOf(MessageForm form) {
  return FormRules()[static_cast<size_t>(form)];
}

// A message whose header is as its form wants it.
Message Of(MessageForm form, Payloads payloads) {
  const FormRule& rule = RuleOf(form);
  Message message{HeaderOf({1, 2}, rule.exchange, rule.phase1 ? 0 : 7), std::move(payloads)};
  if (rule.encryption == FormRule::Encryption::kEncrypted) message.header.flags = kFlagV1Encryption;
  return message;
}

std::optional<Malformed> Check(MessageForm form, Payloads payloads, Proof proof = Proof::kHash) {
  return CheckPayloads(Of(form, std::move(payloads)), form, proof);
}

Malformed At(PayloadType type, DecodeError error) {
  return {error, static_cast<uint8_t>(type)};
}

TEST(Ikev1PayloadRules, TheTablesAreWhole) {
  for (size_t i = 0; i < FormRules().size(); ++i) EXPECT_EQ(static_cast<size_t>(FormRules()[i].form), i);
  EXPECT_EQ(FormRules().size(), static_cast<size_t>(kInformationalInClear) + 1);
  EXPECT_EQ(ToString(kAggressive2), "AGGRESSIVE 2");
}

// The exchanges as RFC 2409 5 draws them, with what RFC 3947 and daily use put in.
struct Lawful {
  MessageForm form;
  Payloads payloads;
  Proof proof = Proof::kHash;
};
std::vector<Lawful> LawfulMessages() {
  return {
      {kMain1, {kSa, kVid, kVid}},
      {kMain2, {kSa, kVid}},
      {kMain3, {kKe, kNonce, kNatD, kNatD}},
      {kMain3, {kKe, kNonce, kNatDDraft, kNatDDraft}},
      {kMain4, {kKe, kNonce, kCertReq, kNatD, kNatD}},
      {kMain5, {kId, kHash, kNotify}},
      {kMain5, {kId, kCert, kCert, kSig, kCertReq}, Proof::kSignature},
      {kMain6, {kId, kHash}},
      {kAggressive1, {kSa, kKe, kNonce, kId, kVid}},
      {kAggressive2, {kSa, kKe, kNonce, kId, kHash, kNatD, kNatD, kVid}},
      {kAggressive2, {kSa, kKe, kNonce, kId, kCert, kSig}, Proof::kSignature},
      {kAggressive3, {kHash, kNatD, kNatD}},
      {kQuick1, {kHash, kSa, kNonce}},
      {kQuick1, {kHash, kSa, kNonce, kKe, kId, kId, kNatOa, kNatOa}},
      {kQuick2, {kHash, kSa, kNonce, kKe, kId, kId, kNotify}},
      {kQuick3, {kHash}},
      {kTransaction, {kHash, kAttr}},
      {kInformational, {kHash, kDelete}},
      {kInformational, {kHash, kNotify}},
      {kInformationalInClear, {kError}},
  };
}

TEST(Ikev1PayloadRules, LawfulMessages) {
  for (const Lawful& l : LawfulMessages()) {
    const auto fault = Check(l.form, l.payloads, l.proof);
    EXPECT_FALSE(fault.has_value()) << ToString(l.form) << ": " << fault->ToString();
  }
}

// Whatever is mandatory is missed, whatever is single may not come twice, in every form.
TEST(Ikev1PayloadRules, EachRowIsEnforced) {
  for (const Lawful& l : LawfulMessages()) {
    for (const PayloadRule& rule : PayloadRules()) {
      if (rule.form != l.form) continue;
      Payloads without = l.payloads;
      std::erase_if(without, [&](const Payload& p) { return p.type == rule.type; });
      if (rule.min > 0) {
        EXPECT_EQ(Check(l.form, without, l.proof), At(rule.type, DecodeError::kMissingPayload)) << ToString(l.form);
      }
      const auto there =
          std::find_if(l.payloads.begin(), l.payloads.end(), [&](const Payload& p) { return p.type == rule.type; });
      if (there == l.payloads.end()) continue;
      Payloads often = l.payloads;
      const Payload one = *there;
      for (int i = 0; i < rule.max; ++i) often.push_back(one);
      EXPECT_EQ(Check(l.form, often, l.proof), At(rule.type, DecodeError::kDuplicatePayload)) << ToString(l.form);
    }
  }
}

TEST(Ikev1PayloadRules, WhatHasNoPlaceIsRefused) {
  EXPECT_EQ(Check(kMain1, {kSa, kKe}), At(PayloadType::kKe, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(Check(kMain3, {kKe, kNonce, kId}), At(PayloadType::kId, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(Check(kMain5, {kId, kHash, kDelete}), At(PayloadType::kDelete, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(Check(kTransaction, {kHash, kAttr, kSa}), At(PayloadType::kSa, DecodeError::kUnexpectedPayload));
  EXPECT_EQ(Check(kInformational, {kHash, kAttr}), At(PayloadType::kAttributes, DecodeError::kUnexpectedPayload));
}

// RFC 2409 5.7: without keys nothing proves a Delete.
TEST(Ikev1PayloadRules, NothingIsDeletedInClear) {
  EXPECT_EQ(Check(kInformationalInClear, {kDelete}), At(PayloadType::kDelete, DecodeError::kUnexpectedPayload));
}

// RFC 3706 5.2.
TEST(Ikev1PayloadRules, NobodyIsAskedForLifeInClear) {
  for (const NotifyType type : {NotifyType::kRUThere, NotifyType::kRUThereAck, NotifyType::kInitialContact}) {
    EXPECT_EQ(Check(kInformationalInClear, {NotifyPayload{type}}),
              At(PayloadType::kNotify, DecodeError::kUnexpectedPayload));
    EXPECT_EQ(Check(kInformational, {kHash, NotifyPayload{type}}), std::nullopt);
  }
}

// The authentication method was negotiated; a peer does not choose another by what it sends.
TEST(Ikev1PayloadRules, TheProofIsThatOfTheMethod) {
  EXPECT_EQ(ProofOf(AuthMethod::kXauthRespPreShared), Proof::kHash);
  EXPECT_EQ(ProofOf(AuthMethod::kRsaSignature), Proof::kSignature);
  EXPECT_EQ(ProofOf(AuthMethod::kXauthInitRsa), Proof::kSignature);
  for (const MessageForm form : {kMain5, kMain6}) {
    EXPECT_EQ(Check(form, {kId, kSig}), At(PayloadType::kSignature, DecodeError::kUnexpectedPayload));
    EXPECT_EQ(Check(form, {kId, kHash}, Proof::kSignature), At(PayloadType::kHash, DecodeError::kUnexpectedPayload));
    EXPECT_EQ(Check(form, {kId}), At(PayloadType::kHash, DecodeError::kMissingPayload));
    EXPECT_EQ(Check(form, {kId}, Proof::kSignature), At(PayloadType::kSignature, DecodeError::kMissingPayload));
    EXPECT_EQ(Check(form, {kId, kHash, kHash}), At(PayloadType::kHash, DecodeError::kDuplicatePayload));
  }
}

TEST(Ikev1PayloadRules, WhatLeadsMustLead) {
  const Malformed sa = At(PayloadType::kSa, DecodeError::kPayloadOrder);
  const Malformed hash = At(PayloadType::kHash, DecodeError::kPayloadOrder);
  EXPECT_EQ(Check(kMain1, {kVid, kSa}), sa);
  EXPECT_EQ(Check(kAggressive1, {kKe, kSa, kNonce, kId}), sa);
  EXPECT_EQ(Check(kQuick1, {kSa, kHash, kNonce}), hash);
  EXPECT_EQ(Check(kQuick2, {kHash, kNonce, kSa}), sa);
  EXPECT_EQ(Check(kInformational, {kDelete, kHash}), hash);
  EXPECT_EQ(Check(kInformational, {kDelete}), At(PayloadType::kHash, DecodeError::kMissingPayload));
  EXPECT_EQ(Check(kQuick3, {}), At(PayloadType::kHash, DecodeError::kMissingPayload));
}

TEST(Ikev1PayloadRules, IdsOfQuickModeComeTogether) {
  EXPECT_EQ(Check(kQuick1, {kHash, kSa, kNonce, kId}), At(PayloadType::kId, DecodeError::kMissingPayload));
}

TEST(Ikev1PayloadRules, TheHeaderFitsTheForm) {
  const auto check = [](MessageForm form, auto change) {
    Payloads payloads;
    for (const Lawful& l : LawfulMessages()) {
      if (l.form == form && l.proof == Proof::kHash) payloads = l.payloads;
    }
    Message message = Of(form, payloads);
    change(message.header);
    const auto fault = CheckPayloads(message, form);
    return fault ? fault->error : DecodeError::kHeaderShort;
  };
  for (const FormRule& rule : FormRules()) {
    SCOPED_TRACE(rule.name);
    const auto keep = [](IkeHeader&) {};
    const auto flip = [](IkeHeader& h) { h.flags ^= kFlagV1Encryption; };
    const auto other_id = [](IkeHeader& h) { h.message_id = h.message_id == 0 ? 7 : 0; };
    const auto other_exchange = [](IkeHeader& h) { h.exchange_type = 36; };
    EXPECT_EQ(check(rule.form, keep), DecodeError::kHeaderShort);
    EXPECT_EQ(check(rule.form, flip), rule.encryption == FormRule::Encryption::kEither ? DecodeError::kHeaderShort
                                                                                       : DecodeError::kEncryptionFlag);
    EXPECT_EQ(check(rule.form, other_id),
              rule.form == kInformationalInClear ? DecodeError::kHeaderShort : DecodeError::kMessageId);
    EXPECT_EQ(check(rule.form, other_exchange), DecodeError::kExchangeType);
  }
}

}  // namespace
}  // namespace culvert::wire::ikev1
