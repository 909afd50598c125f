// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/payloads.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/wire/ikev2/message.h"

namespace culvert::wire::ikev2 {
namespace {

using base::Bytes;
using base::FromHex;
using base::ToHex;

std::string Repeat(absl::string_view hex, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&out, hex);
  return out;
}

Decoded<PayloadBody> Decode(PayloadType type, absl::string_view hex) {
  const Bytes bytes = FromHex(hex);
  return DecodePayloadBody(type, 0, Reader(bytes));
}

ipsec::TrafficSelector Ts(absl::string_view text) {
  return ipsec::TrafficSelector::Parse(text).value();
}

// What stands on the wire after the generic header, and what it means.
struct Case {
  PayloadType type;
  const char* hex;
  PayloadBody body;
};

std::vector<Case> Cases() {
  return {
      {PayloadType::kKe, "0013 0000 aabb", KePayload{19, {0xaa, 0xbb}}},
      {PayloadType::kIdI, "01 000000 c0000201", IdPayload{{ipsec::IdType::kIpv4, {192, 0, 2, 1}}}},
      {PayloadType::kIdR, "02 000000 67772d61", IdPayload{{ipsec::IdType::kFqdn, {'g', 'w', '-', 'a'}}}},
      {PayloadType::kCert, "04 3082", CertPayload{CertEncoding::kX509Signature, {0x30, 0x82}}},
      {PayloadType::kCertReq, "04", CertReqPayload{CertEncoding::kX509Signature}},
      {PayloadType::kAuth, "02 000000 0102", AuthPayload{AuthMethod::kSharedKey, {1, 2}}},
      {PayloadType::kNotify, "00 00 4000", NotifyPayload{NotifyType::kInitialContact}},
      {PayloadType::kNotify, "03 04 4009 01020304",
       NotifyPayload{NotifyType::kRekeySa, ProtocolId::kEsp, {1, 2, 3, 4}}},
      {PayloadType::kNotify, "00 00 0011 0013", NotifyPayload{.type = NotifyType::kInvalidKePayload, .data = {0, 19}}},
      {PayloadType::kDelete, "01 00 0000", DeletePayload{ProtocolId::kIke}},
      {PayloadType::kDelete, "03 04 0002 00000100 00000200", DeletePayload{ProtocolId::kEsp, {0x100, 0x200}}},
      {PayloadType::kVendorId, "", VendorIdPayload{}},
      {PayloadType::kTsI, "02 000000 07 11 0010 06a5 06a5 0a010000 0a0100ff 07 00 0010 ffff 0000 0a020001 0a020001",
       TsPayload{{Ts("10.1.0.0/24[udp/1701]"), {0, 65535, 0, Ts("10.2.0.1").first, Ts("10.2.0.1").first}}}},
      {PayloadType::kTsR,
       "01 000000 08 00 0028 0000 ffff 20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff",
       TsPayload{{Ts("2001:db8::/32")}}},
      {PayloadType::kTsR, "00 000000", TsPayload{}},
      {PayloadType::kConfig, "01 000000 0001 0000 0003 0004 0a010035",
       ConfigPayload{
           ConfigType::kRequest,
           {{ConfigAttributeType::kInternalIp4Address}, {ConfigAttributeType::kInternalIp4Dns, {10, 1, 0, 53}}}}},
      {PayloadType::kEap, "01 07 0005 01", EapPayload{{1, 7, 0, 5, 1}}},
      {PayloadType::kSkf, "0002 0003 aabb", SkfPayload{PayloadType::kNone, 2, 3, {0xaa, 0xbb}}},
      {PayloadType::kSa,
       "02000028 01 01 08 02 1112131415161718 0300000c 01 00 000c 800e 0080 0000000c 01 00 000c 800e 0100"
       "00000020 02 03 04 02 01020304 0300000c 01 00 0014 800e 0100 00000008 05 00 0001",
       SaPayload{{{1, ProtocolId::kIke, {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}, {{1, 12, 128}, {1, 12, 256}}},
                  {2, ProtocolId::kEsp, {1, 2, 3, 4}, {{1, 20, 256}, {5, 1}}}}}},
  };
}

std::string Pack(absl::string_view spaced) {
  std::string packed;
  for (const char c : spaced) {
    if (c != ' ') packed.push_back(c);
  }
  return packed;
}

TEST(Payloads, MeanWhatTheWireSaysBothWays) {
  for (const Case& c : Cases()) {
    const auto body = Decode(c.type, Pack(c.hex));
    ASSERT_TRUE(body.ok()) << c.hex << ": " << body.malformed().ToString();
    EXPECT_TRUE(*body == c.body) << c.hex;
    Writer writer;
    EncodePayloadBody(c.body, writer);
    EXPECT_EQ(ToHex(writer.view()), Pack(c.hex));
  }
}

TEST(Payloads, NonceSizes) {
  EXPECT_EQ(Decode(PayloadType::kNonce, Repeat("00", 15)).error(), DecodeError::kNonceSize);
  EXPECT_TRUE(Decode(PayloadType::kNonce, Repeat("00", 16)).ok());
  EXPECT_TRUE(Decode(PayloadType::kNonce, Repeat("00", 256)).ok());
  EXPECT_EQ(Decode(PayloadType::kNonce, Repeat("00", 257)).error(), DecodeError::kNonceSize);
}

// RFC 7296 3.13.1: selectors of other types (Fibre Channel, security labels) are left out, the rest stands.
TEST(Payloads, SelectorsOfUnknownTypesAreLeftOut) {
  const auto ts = Decode(PayloadType::kTsI, Pack("02 000000 0a 00 0006 aabb 07 00 0010 0000 ffff 0a000000 0affffff"));
  ASSERT_TRUE(ts.ok());
  EXPECT_EQ(std::get<TsPayload>(*ts).selectors, std::vector{Ts("10.0.0.0/8")});
}

// RFC 7296 3.3.6: a transform with an attribute we do not know stands, marked, so that it is not chosen.
TEST(Payloads, UnknownAttributesMarkTheirTransform) {
  for (const char* attribute : {"8001 0001", "0001 0002 aabb", "0001 0000"}) {
    const std::string transform = Pack(absl::StrCat("01 00 000c 800e 0080 ", attribute));
    const auto size = [](absl::string_view hex, size_t extra) { return static_cast<int>(hex.size() / 2 + extra); };
    const std::string hex = absl::StrCat("000000", absl::Hex(size(transform, 12), absl::kZeroPad2), "01010001",
                                         "000000", absl::Hex(size(transform, 4), absl::kZeroPad2), transform);
    const auto sa = Decode(PayloadType::kSa, hex);
    ASSERT_TRUE(sa.ok()) << sa.malformed().ToString();
    const Transform& t = std::get<SaPayload>(*sa).proposals[0].transforms[0];
    EXPECT_TRUE(t.unknown_attribute);
    EXPECT_EQ(t.key_bits, 128);
    Writer writer;
    EncodePayloadBody(*sa, writer);
    EXPECT_TRUE(*DecodePayloadBody(PayloadType::kSa, 0, Reader(writer.view())) == *sa);
  }
}

struct BadCase {
  const char* what;
  PayloadType type;
  std::string hex;
  DecodeError error;
};

std::vector<BadCase> BadCases() {
  using enum PayloadType;
  const std::string transform = "00000008 02 00 0005 ";
  const std::string more = "03000008 02 00 0005 ";
  return {
      {"KE: cut in the group", kKe, "00", DecodeError::kPayloadFields},
      {"KE: cut in the reserved octets", kKe, "0013 00", DecodeError::kPayloadFields},
      {"KE: no data", kKe, "0013 0000", DecodeError::kKeEmpty},
      {"ID: empty payload", kIdI, "", DecodeError::kPayloadFields},
      {"ID: cut", kIdI, "02 0000", DecodeError::kPayloadFields},
      {"ID: no octets", kIdI, "02 000000", DecodeError::kIdSize},
      {"ID: 3 octets of IPv4", kIdR, "01 000000 0a0000", DecodeError::kIdSize},
      {"ID: 4 octets of IPv6", kIdR, "05 000000 0a000001", DecodeError::kIdSize},
      {"ID: oversized", kIdI, "0b 000000" + Repeat("41", kMaxIdentity + 1), DecodeError::kIdSize},
      {"CERT: empty", kCert, "", DecodeError::kPayloadFields},
      {"CERT: no data", kCert, "04", DecodeError::kCertEmpty},
      {"CERTREQ: empty", kCertReq, "", DecodeError::kPayloadFields},
      {"AUTH: cut", kAuth, "02 00", DecodeError::kPayloadFields},
      {"AUTH: no data", kAuth, "02 000000", DecodeError::kAuthEmpty},
      {"N: cut", kNotify, "00 00 40", DecodeError::kPayloadFields},
      {"N: SPI of 3 octets", kNotify, "03 03 4009 010203", DecodeError::kNotifySpi},
      {"N: SPI of 255 octets", kNotify, "03 ff 4009 010203", DecodeError::kNotifySpi},
      {"N: SPI beyond the payload", kNotify, "03 04 4009 010203", DecodeError::kNotifySpi},
      {"N: too much data", kNotify, "00 00 4006" + Repeat("00", kMaxNotifyData + 1), DecodeError::kNotifyTooLong},
      {"D: cut", kDelete, "03 04 00", DecodeError::kPayloadFields},
      {"D: IKE with an SPI size", kDelete, "01 08 0000", DecodeError::kDeleteSpi},
      {"D: IKE with a count", kDelete, "01 00 0001", DecodeError::kDeleteSpi},
      {"D: ESP with SPIs of 8 octets", kDelete, "03 08 0001 0102030405060708", DecodeError::kDeleteSpi},
      {"D: fewer SPIs than said", kDelete, "03 04 0002 01020304", DecodeError::kDeleteSpi},
      {"D: more SPIs than said", kDelete, "03 04 0000 01020304", DecodeError::kDeleteSpi},
      {"D: more SPIs than anyone has", kDelete, "03 04 0101" + Repeat("00000100", 257), DecodeError::kDeleteSpi},
      {"TS: cut", kTsI, "01 00", DecodeError::kPayloadFields},
      {"TS: counts one, has none", kTsI, "01 000000", DecodeError::kTsLength},
      {"TS: counts none, has one", kTsR, "00 000000 07 00 0010 0000 ffff 0a000000 0affffff", DecodeError::kTsLength},
      {"TS: counts 255, has one", kTsR, "ff 000000 07 00 0010 0000 ffff 0a000000 0affffff", DecodeError::kTsLength},
      {"TS: length below its header", kTsI, "01 000000 07 00 0003", DecodeError::kTsLength},
      {"TS: length of IPv6 for IPv4", kTsI, "01 000000 07 00 0028 0000 ffff" + Repeat("00", 32),
       DecodeError::kTsLength},
      {"TS: length of IPv4 for IPv6", kTsI, "01 000000 08 00 0010 0000 ffff" + Repeat("00", 8), DecodeError::kTsLength},
      {"TS: length beyond the payload", kTsI, "01 000000 07 00 0011 0000 ffff" + Repeat("00", 8),
       DecodeError::kTsLength},
      {"TS: cut in the ports", kTsI, "01 000000 07 00 0006 0000", DecodeError::kTsLength},
      {"TS: cut in the addresses", kTsI, "01 000000 07 00 000c 0000 ffff 0a000000", DecodeError::kTsLength},
      {"TS: addresses backwards", kTsI, "01 000000 07 00 0010 0000 ffff 0a000001 0a000000", DecodeError::kTsRange},
      {"TS: ports backwards", kTsI, "01 000000 07 06 0010 0051 0050 0a000000 0a000001", DecodeError::kTsRange},
      {"CP: cut", kConfig, "01 00", DecodeError::kPayloadFields},
      {"CP: attribute cut", kConfig, "01 000000 0001 00", DecodeError::kConfigAttribute},
      {"CP: attribute beyond the payload", kConfig, "01 000000 0001 0005 0a0000", DecodeError::kConfigAttribute},
      {"EAP: empty", kEap, "", DecodeError::kEapLength},
      {"EAP: cut", kEap, "01 01 00", DecodeError::kEapLength},
      {"EAP: says more", kEap, "01 01 0006 01", DecodeError::kEapLength},
      {"EAP: says less", kEap, "01 01 0004 01", DecodeError::kEapLength},
      {"SKF: cut", kSkf, "0001 00", DecodeError::kPayloadFields},
      {"SKF: fragment 0", kSkf, "0000 0002", DecodeError::kFragmentNumber},
      {"SKF: total 0", kSkf, "0001 0000", DecodeError::kFragmentNumber},
      {"SKF: beyond the total", kSkf, "0003 0002", DecodeError::kFragmentNumber},
      {"SKF: thousands", kSkf, "0001 ffff", DecodeError::kFragmentNumber},
      {"SA: empty", kSa, "", DecodeError::kSaEmpty},
      {"SA: proposal cut", kSa, "0000", DecodeError::kProposalLength},
      {"SA: proposal length 0", kSa, "00000000 01010000", DecodeError::kProposalLength},
      {"SA: proposal beyond the payload", kSa, "00000009 01010000", DecodeError::kProposalLength},
      {"SA: proposal without fields", kSa, "00000005 01", DecodeError::kProposalLength},
      {"SA: more announced, none there", kSa, "02000010 01010001" + transform, DecodeError::kProposalMore},
      {"SA: last, but more there", kSa, "00000010 01010001" + transform + "00000010 02010001" + transform,
       DecodeError::kProposalMore},
      {"SA: last-or-more of another payload", kSa, "03000010 01010001" + transform, DecodeError::kProposalMore},
      {"SA: numbers 1, 1", kSa, "02000010 01010001" + transform + "00000010 01010001" + transform,
       DecodeError::kProposalNumber},
      {"SA: starts at 2", kSa, "02000010 02010001" + transform + "00000010 03010001" + transform,
       DecodeError::kProposalNumber},
      {"SA: number 0", kSa, "00000010 00010001" + transform, DecodeError::kProposalNumber},
      {"SA: IKE with an SPI of 4", kSa, "00000014 01010401 01020304" + transform, DecodeError::kProposalSpi},
      {"SA: ESP without SPI", kSa, "00000010 01030001" + transform, DecodeError::kProposalSpi},
      {"SA: SPI beyond the proposal", kSa, "0000000a 01030401 0102", DecodeError::kProposalSpi},
      {"SA: counts 2, has 1", kSa, "00000010 01010002" + transform, DecodeError::kTransformMore},
      {"SA: counts 2, has 1 that says more", kSa, "00000010 01010002" + more, DecodeError::kTransformLength},
      {"SA: counts 1, has 2", kSa, "00000018 01010001" + transform + transform, DecodeError::kTransformCount},
      {"SA: counts 0, has 1", kSa, "00000010 01010000" + transform, DecodeError::kTransformCount},
      {"SA: transform length below its header", kSa, "00000010 01010001 00000003 02000005",
       DecodeError::kTransformLength},
      {"SA: transform beyond the proposal", kSa, "00000010 01010001 00000009 02000005", DecodeError::kTransformLength},
      {"SA: transform without id", kSa, "0000000e 01010001 00000006 0200", DecodeError::kTransformLength},
      {"SA: key length 0", kSa, "00000014 01010001 0000000c 0100000c 800e0000", DecodeError::kKeyLengthZero},
      {"SA: key length twice", kSa, "00000018 01010001 00000010 0100000c 800e0080 800e0100", DecodeError::kAttribute},
      {"SA: attribute cut", kSa, "00000012 01010001 0000000a 0100000c 800e", DecodeError::kAttribute},
      {"SA: attribute beyond the transform", kSa, "00000014 01010001 0000000c 0100000c 00010001",
       DecodeError::kAttribute},
  };
}

TEST(Payloads, EveryLieHasItsName) {
  for (const BadCase& c : BadCases()) {
    const auto body = Decode(c.type, Pack(c.hex));
    EXPECT_FALSE(body.ok()) << c.what;
    if (!body.ok()) {
      EXPECT_EQ(Name(body.error()), Name(c.error)) << c.what;
    }
  }
}

TEST(Payloads, SkfNamesInnerPayloadsInFragment1Alone) {
  const Bytes second = FromHex("00020003aa");
  EXPECT_EQ(DecodePayloadBody(PayloadType::kSkf, 35, Reader(second)).error(), DecodeError::kFragmentNumber);
  const Bytes first = FromHex("00010003aa");
  EXPECT_TRUE(DecodePayloadBody(PayloadType::kSkf, 35, Reader(first)).ok());
}

TEST(Payloads, HundredsOfProposalsAndTransformsAreRefused) {
  const auto sa_of = [](size_t proposals, size_t transforms) {
    SaPayload sa;
    for (size_t i = 0; i < proposals; ++i) {
      sa.proposals.push_back({static_cast<uint8_t>(i + 1), ProtocolId::kIke, {}, std::vector<Transform>(transforms)});
    }
    Writer writer;
    EncodePayloadBody(sa, writer);
    const Bytes bytes = base::ToBytes(writer.view());
    const auto decoded = DecodePayloadBody(PayloadType::kSa, 0, Reader(bytes));
    return decoded.ok() ? std::string("ok") : std::string(Name(decoded.error()));
  };
  EXPECT_EQ(sa_of(kMaxProposals, 1), "ok");
  EXPECT_EQ(sa_of(kMaxProposals + 1, 1), "sa_too_many_proposals");
  EXPECT_EQ(sa_of(4, 128), "ok");
  EXPECT_EQ(sa_of(3, 255), "sa_too_many_transforms");
}

}  // namespace
}  // namespace culvert::wire::ikev2
