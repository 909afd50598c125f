// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/payloads.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/wire/ikev1/message.h"

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;
using base::ToHex;

std::string Packed(absl::string_view spaced) {
  return absl::StrReplaceAll(spaced, {{" ", ""}});
}

std::string Repeat(absl::string_view hex, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&out, hex);
  return out;
}

Decoded<PayloadBody> Decode(PayloadType type, absl::string_view spaced) {
  const Bytes bytes = FromHex(Packed(spaced));
  return DecodePayloadBody(type, Reader(bytes));
}

DecodeError ErrorOf(PayloadType type, absl::string_view spaced) {
  const Decoded<PayloadBody> body = Decode(type, spaced);
  EXPECT_FALSE(body.ok()) << spaced;
  return body.ok() ? DecodeError::kHeaderShort : body.error();
}

// What stands on the wire after the generic header, and what it means.
struct Case {
  PayloadType type;
  const char* hex;
  PayloadBody body;
};

std::vector<Case> Cases() {
  using enum PayloadType;
  return {
      {kSa,
       "00000001 00000001"
       "02000028 00 01 00 02 0300000c 01 01 0000 8001 0005 00000014 02 01 0000 800b 0001 000c 0004 00015180"
       "0000001c 01 03 04 01 c0000001 00000010 01 0c 0000 8004 0001 8006 0100",
       SaPayload{
           {{0,
             ProtocolId::kIsakmp,
             {},
             {{1, 1, {Attribute::Of(Phase1Attribute::kEncryption, 5)}},
              {2,
               1,
               {Attribute::Of(Phase1Attribute::kLifeType, 1), Attribute::Of(Phase1Attribute::kLifeDuration, 86400)}}}},
            {1,
             ProtocolId::kEsp,
             {0xc0, 0, 0, 1},
             {{1,
               12,
               {Attribute::Of(Phase2Attribute::kEncapsulationMode, 1),
                Attribute::Of(Phase2Attribute::kKeyLength, 256)}}}}}}},
      {kKe, "aabb", KePayload{{0xaa, 0xbb}}},
      {kId, "01 11 01f4 c0000201", IdPayload{IdType::kIpv4, 17, 500, {192, 0, 2, 1}}},
      {kId, "04 00 0000 0a010000 ffff0000", IdPayload{IdType::kIpv4Subnet, 0, 0, {10, 1, 0, 0, 255, 255, 0, 0}}},
      {kId, "02 00 0000 67772d61", IdPayload{IdType::kFqdn, 0, 0, {'g', 'w', '-', 'a'}}},
      {kCert, "04 3082", CertPayload{CertEncoding::kX509Signature, {0x30, 0x82}}},
      {kCertReq, "04", CertReqPayload{CertEncoding::kX509Signature}},
      {kCertReq, "04 3000", CertReqPayload{CertEncoding::kX509Signature, {0x30, 0}}},
      {kHash, "0102", HashPayload{{1, 2}}},
      {kSignature, "0102", SignaturePayload{{1, 2}}},
      {kNonce, "0102030405060708", NoncePayload{{1, 2, 3, 4, 5, 6, 7, 8}}},
      {kNotify, "00000001 01 00 000e", NotifyPayload{NotifyType::kNoProposalChosen}},
      {kNotify, "00000000 00 00 0005",
       NotifyPayload{NotifyType::kInvalidMajorVersion, ProtocolId::kNone, {}, {}, kDoiIsakmp}},
      {kNotify, "00000001 01 10 8d28 1122334455667788 99aabbccddeeff00 00000007",
       NotifyPayload{NotifyType::kRUThere, ProtocolId::kIsakmp,
                     CookiePair{0x1122334455667788, 0x99aabbccddeeff00}.bytes(), Bytes{0, 0, 0, 7}}},
      {kDelete, "00000001 01 10 0001 1122334455667788 99aabbccddeeff00",
       DeletePayload{ProtocolId::kIsakmp, {{0x1122334455667788, 0x99aabbccddeeff00}}}},
      {kDelete, "00000001 03 04 0002 c0000001 c0000002", DeletePayload{ProtocolId::kEsp, {}, {0xc0000001, 0xc0000002}}},
      {kVendorId, "", VendorIdPayload{}},
      {kAttributes, "02 00 1234 c088 0000 4089 0003 626f62 0001 0000",
       AttributesPayload{ConfigType::kReply,
                         0x1234,
                         {Attribute::Of(ConfigAttribute::kXauthType, 0),
                          Attribute::Variable(ConfigAttribute::kXauthUserName, base::AsBytes("bob")),
                          Attribute::Variable(ConfigAttribute::kInternalIp4Address, {})}}},
      {kNatD, "0102", NatDPayload{{1, 2}}},
      {kNatDDraft, "0102", NatDPayload{{1, 2}}},
      {kNatOa, "01 000000 0a010001", NatOaPayload{base::IpAddress::V4(0x0a010001)}},
      {kNatOaDraft, "05 000000 20010db8000000000000000000000001",
       NatOaPayload{base::IpAddress::Parse("2001:db8::1").value()}},
      {kFragment, "0001 02 01 aabb", FragmentPayload{1, 2, true, {0xaa, 0xbb}}},
      {static_cast<PayloadType>(200), "0102", UnknownPayload{{1, 2}}},
  };
}

TEST(Ikev1Payloads, EachReadsAndWritesTheSameOctets) {
  for (const Case& c : Cases()) {
    const Decoded<PayloadBody> body = Decode(c.type, c.hex);
    ASSERT_TRUE(body.ok()) << ToString(c.type) << " " << c.hex << ": " << Text(body.error());
    EXPECT_EQ(*body, c.body) << ToString(c.type) << " " << c.hex;
    EXPECT_EQ(ToHex(BodyOctets(c.body)), Packed(c.hex)) << ToString(c.type);
  }
}

// A payload with fixed fields, an SA above all, is nothing when any octet of its end is gone.
TEST(Ikev1Payloads, CutOffIsRefused) {
  using enum PayloadType;
  for (const Case& c : Cases()) {
    if (c.type != kSa && c.type != kDelete && c.type != kNatOa) continue;
    const Bytes whole = FromHex(Packed(c.hex));
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(DecodePayloadBody(c.type, Reader(base::ByteView(whole).first(size))).ok())
          << ToString(c.type) << " of " << size;
    }
  }
}

TEST(Ikev1Payloads, SaLies) {
  using enum PayloadType;
  const std::string t = "00000008 01 01 0000";  // one transform
  const auto sa = [](absl::string_view rest) { return absl::StrCat("00000001 00000001", rest); };
  ASSERT_TRUE(Decode(kSa, sa("00000010 01 01 00 01" + t)).ok());
  EXPECT_EQ(ErrorOf(kSa, "00000000 00000001 00000010 01 01 00 01" + t), DecodeError::kDoi);
  EXPECT_EQ(ErrorOf(kSa, "00000001 00000003 00000010 01 01 00 01" + t), DecodeError::kSituation);
  EXPECT_EQ(ErrorOf(kSa, sa("")), DecodeError::kSaEmpty);
  EXPECT_EQ(ErrorOf(kSa, sa("00000010 01 01 00 02" + t)), DecodeError::kTransformMore);
  EXPECT_EQ(ErrorOf(kSa, sa("00000010 01 01 00 00" + t)), DecodeError::kTransformCount);
  EXPECT_EQ(ErrorOf(kSa, sa("02000010 01 01 00 01" + t)), DecodeError::kProposalMore);
  EXPECT_EQ(ErrorOf(kSa, sa("00ff0010 01 01 00 01" + t)), DecodeError::kReserved);
  EXPECT_EQ(ErrorOf(kSa, sa("00000010 01 01 00 01 00ff0008 01 01 0000")), DecodeError::kReserved);
  EXPECT_EQ(ErrorOf(kSa, sa("00000010 01 01 00 01 00000008 01 01 00ff")), DecodeError::kReserved);
  EXPECT_EQ(ErrorOf(kSa, sa("00000010 01 01 00 01 03000008 01 01 0000")), DecodeError::kTransformMore);
  EXPECT_EQ(ErrorOf(kSa, sa("00000003 01 01 00 01" + t)), DecodeError::kProposalLength);
  EXPECT_EQ(ErrorOf(kSa, sa("00000018 01 01 00 02 03000008 01 01 0000 00000008 01 01 0000")),
            DecodeError::kTransformNumber);
  EXPECT_EQ(ErrorOf(kSa, sa("0000000e 01 03 02 00 0102 00000000")), DecodeError::kProposalSpi);
  EXPECT_EQ(ErrorOf(kSa, sa("00000019 01 01 11 00" + Repeat("00", 17))), DecodeError::kProposalSpi);
  EXPECT_EQ(ErrorOf(kSa, sa("02000010 02 01 00 01" + t + "00000010 01 01 00 01" + t)), DecodeError::kProposalNumber);
  EXPECT_EQ(ErrorOf(kSa, sa("00000012 01 01 00 01 0000000a 01 01 0000 8001")), DecodeError::kAttribute);
  EXPECT_EQ(ErrorOf(kSa, sa("00000014 01 01 00 01 0000000c 01 01 0000 0001 0004")), DecodeError::kAttribute);
  std::string many;
  for (int i = 0; i < 65; ++i) absl::StrAppend(&many, i == 64 ? "00" : "02", "000010 01 01 00 01", t);
  EXPECT_EQ(ErrorOf(kSa, sa(many)), DecodeError::kSaTooManyProposals);
  many.clear();
  for (int i = 0; i < 3; ++i) {
    std::string transforms;
    for (int k = 0; k < 200; ++k) {
      absl::StrAppend(&transforms, k == 199 ? "00" : "03", "000008", absl::Hex(k, absl::kZeroPad2), "010000");
    }
    absl::StrAppend(&many, i == 2 ? "00" : "02", "000648 01 01 00 c8", transforms);
  }
  EXPECT_EQ(ErrorOf(kSa, sa(many)), DecodeError::kSaTooManyTransforms);
}

TEST(Ikev1Payloads, OtherLies) {
  using enum PayloadType;
  EXPECT_EQ(ErrorOf(kKe, ""), DecodeError::kKeEmpty);
  EXPECT_EQ(ErrorOf(kHash, ""), DecodeError::kAuthEmpty);
  EXPECT_EQ(ErrorOf(kSignature, ""), DecodeError::kAuthEmpty);
  EXPECT_EQ(ErrorOf(kNatD, ""), DecodeError::kPayloadFields);
  EXPECT_EQ(ErrorOf(kCert, "04"), DecodeError::kCertEmpty);
  EXPECT_EQ(ErrorOf(kId, "01 00 0000"), DecodeError::kIdSize);
  EXPECT_EQ(ErrorOf(kId, "01 00 0000 c00002"), DecodeError::kIdSize);
  EXPECT_EQ(ErrorOf(kId, "04 00 0000 0a010000"), DecodeError::kIdSize);
  EXPECT_EQ(ErrorOf(kId, "06 00 0000" + Repeat("00", 31)), DecodeError::kIdSize);
  EXPECT_EQ(ErrorOf(kId, "02 00 0000" + Repeat("61", 4097)), DecodeError::kIdSize);
  EXPECT_EQ(ErrorOf(kNonce, Repeat("00", 7)), DecodeError::kNonceSize);
  EXPECT_EQ(ErrorOf(kNonce, Repeat("00", 257)), DecodeError::kNonceSize);
  EXPECT_EQ(ErrorOf(kNotify, "00000002 01 00 000e"), DecodeError::kDoi);  // RFC 2408 has two
  EXPECT_EQ(ErrorOf(kNotify, "00000001 01 11 000e" + Repeat("00", 17)), DecodeError::kNotifySpi);
  EXPECT_EQ(ErrorOf(kNotify, "00000001 01 04 000e 010203"), DecodeError::kNotifySpi);
  EXPECT_EQ(ErrorOf(kNotify, "00000001 01 00 000e" + Repeat("00", 4097)), DecodeError::kNotifyTooLong);
  EXPECT_EQ(ErrorOf(kDelete, "80000001 01 10 0000"), DecodeError::kDoi);
  EXPECT_EQ(ErrorOf(kDelete, "00000001 01 04 0001 c0000001"), DecodeError::kDeleteSpi);
  EXPECT_EQ(ErrorOf(kDelete, "00000001 03 10 0001" + Repeat("00", 16)), DecodeError::kDeleteSpi);
  EXPECT_EQ(ErrorOf(kDelete, "00000001 03 04 0002 c0000001"), DecodeError::kDeleteSpi);
  EXPECT_EQ(ErrorOf(kDelete, "00000001 03 04 0001 c0000001 00"), DecodeError::kDeleteSpi);
  EXPECT_EQ(ErrorOf(kDelete, "00000001 03 04 ffff" + Repeat("00000000", 0xffff)), DecodeError::kDeleteSpi);
  EXPECT_EQ(ErrorOf(kAttributes, "01 01 0000"), DecodeError::kReserved);
  EXPECT_EQ(ErrorOf(kAttributes, "01 00 0000 4088"), DecodeError::kAttribute);
  EXPECT_EQ(ErrorOf(kAttributes, "01 00 0000" + Repeat("80010001", 65)), DecodeError::kAttribute);
  EXPECT_EQ(ErrorOf(kNatOa, "02 000000 61626364"), DecodeError::kIdSize);
  EXPECT_EQ(ErrorOf(kNatOa, "01 000001 0a010001"), DecodeError::kReserved);
  EXPECT_EQ(ErrorOf(kFragment, "0001 00 00 aa"), DecodeError::kFragmentNumber);
  EXPECT_EQ(ErrorOf(kFragment, "0001 01 02 aa"), DecodeError::kFragmentNumber);
  EXPECT_EQ(ErrorOf(kFragment, "0001 01 00"), DecodeError::kFragmentNumber);
}

// RFC 2408 5.3, and the payloads of IKEv2 among them.
TEST(Ikev1Payloads, UnassignedTypesAreRefused) {
  for (const int type : {2, 3, 15, 19, 33, 46, 53, 127}) {
    EXPECT_EQ(ErrorOf(static_cast<PayloadType>(type), "00"), DecodeError::kUnknownPayload) << type;
  }
}

TEST(Ikev1Attribute, ANumberInEitherForm) {
  using enum Phase1Attribute;
  EXPECT_EQ(Attribute::Of(kLifeDuration, 65535), (Attribute{12, true, 65535, {}}));
  EXPECT_EQ(Attribute::Of(kLifeDuration, 65536), (Attribute{12, false, 0, {0, 1, 0, 0}}));
  EXPECT_EQ(Attribute::Of(kLifeDuration, uint64_t{1} << 32), (Attribute{12, false, 0, {0, 0, 0, 1, 0, 0, 0, 0}}));
  const Attribute longer{12, false, 0, {0, 0, 0x70, 0x80}};
  EXPECT_EQ(longer.Number(), 28800u);
  EXPECT_TRUE(longer.Means(Attribute::Of(kLifeDuration, 28800)));
  EXPECT_FALSE(longer.Means(Attribute::Of(kLifeDuration, 28801)));
  EXPECT_FALSE(longer.Means(Attribute::Of(kLifeType, 28800)));
  EXPECT_EQ((Attribute{12, false, 0, {}}.Number()), std::nullopt);
  EXPECT_EQ((Attribute{12, false, 0, Bytes(9)}.Number()), std::nullopt);
  EXPECT_TRUE((Attribute{12, false, 0, Bytes(9)}.Means({12, false, 0, Bytes(9)})));
}

}  // namespace
}  // namespace culvert::wire::ikev1
