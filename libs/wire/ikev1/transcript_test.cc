// SPDX-License-Identifier: Apache-2.0
// Two negotiations between two strongSwan 5.9.8, as they went over the wire, read by everything that this library and
// libs/crypto have for IKEv1: messages, legality, offers, keys, hashes, IVs. What charon logged of its keys is the
// judge.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "libs/crypto/ikev1_keys.h"
#include "libs/wire/ikev1/identification.h"
#include "libs/wire/ikev1/payload_rules.h"
#include "libs/wire/ikev1/phase1_proposals.h"
#include "libs/wire/ikev1/phase2_proposals.h"
#include "libs/wire/ikev1/protected.h"
#include "libs/wire/ikev1/vendor_ids.h"

namespace culvert::wire::ikev1 {
namespace {

using base::Bytes;
using base::FromHex;
using base::ToHex;
using enum MessageForm;

struct Transcript {
  const char* ike;
  const char* esp;
  // Main Mode, Quick Mode, then the initiator's two Deletes; without non-ESP markers.
  const char* messages[11];
  const char* g_xy;        // of phase 1
  const char* quick_g_xy;  // of Quick Mode; empty: no PFS
  const char *encr_i, *integ_i, *encr_r, *integ_r;
};

void PrintTo(const Transcript& t, std::ostream* out) {
  *out << t.ike;
}

constexpr Transcript kEcp = {
    "aes256-sha256-ecp256",
    "aes128-sha256-ecp256",
    {"3bd06cc562c11b7d000000000000000001100200000000000000009c0d00003800000001000000010000002c01010001"
     "000000240101000080010007800e0100800200048004001380030001800b0001800c3de00d00000c09002689dfd6b712"
     "0d000014afcad71368a1f1c96b8696fc775701000d0000144a131c81070358455c5728f20e95452f0000001490cb8091"
     "3ebb696e086381b5ec427b1f",
     "3bd06cc562c11b7db5bb288774c404910110020000000000000000880d00003800000001000000010000002c01010001"
     "000000240101000080010007800e0100800200048004001380030001800b0001800c3de00d00000c09002689dfd6b712"
     "0d000014afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f",
     "3bd06cc562c11b7db5bb288774c404910410020000000000000000cc0a000044b82288a062ce27e2b7d331a7ddc66f07"
     "a12741c3016272b9e2136c310484630dcd158777c8a82a9377150cd4d11a06c5446966d8288ce16e53a51ffa4e454d6d"
     "140000241e383ddb2b8c3684cdc67a44dd3a0c1341459a1bd0b8914f1c5c80b7510c38da140000248c48403ff8001a21"
     "0e01b93dd9fd33300dea56e90166746076dda283e3d0f7f6000000244b5bb27d273c4e75ac5644a21dfdac7a626ce681"
     "f9abae67654fb2b030a15540",
     "3bd06cc562c11b7db5bb288774c404910410020000000000000000cc0a0000443e6f6e7096fabebd4043901f3831acdf"
     "8969b6916a62da301d471fde878c40eb7e51dc09a8d867e33faa84fa48281f963226e8195b0090e20fd345aa92b86bfc"
     "14000024af8b2fe80bd115b762e1461e7d31a7307390bab08f3ce22d26a417684daad6d914000024ffa7dabe2f298144"
     "19e50b3c2f3b6dac697078d0689a02278d275a79e45e3c6f000000241a6fafafd10ce423b23ce84404b29a92703bcd80"
     "e50241911c3150fe23937ce6",
     "3bd06cc562c11b7db5bb288774c4049105100201000000000000006cea35345b9f1cbf12ba7ad3df0288fe1033bb07a8"
     "1fd46a808b6e2e0aec0a0b9d31675ca18d8ae94d792d458f90d1971109bbb72effaffe8a8e2310dfc2a2f018ea9a9f5e"
     "cf42c5ec422ccfc21d0f4a49",
     "3bd06cc562c11b7db5bb288774c4049105100201000000000000005cf3d54126c8f0d659ff114f67b7112c15a55bcf92"
     "78d43bbd9ca065fb8110abf25d7403e21ae8094b31a73110e26b5de3f79e612cd66c74c582e3daf3e4e1e99f",
     "3bd06cc562c11b7db5bb288774c40491081020014013b7c00000010cfad697b450e6575b7a52c4339d152b8ac3cf6e83"
     "2070898ca3ac2826c94a0f1faa66633a9da864ed43e0eb129b4ef361ef53e613ccdd038beee7f0415fda147a886f2b3d"
     "0e3852f6ea60e0417a196b40b584944b214b109aacb22d80fd0ed946aa1e71aede89d867f018f85c8765adf4e44a7219"
     "87c6c15ad819545720b278bafc63b03835c591ddfa085a0fc91ba6c73279b9e8a1e99c8b70b40e3d8823fdbe78858c65"
     "9ebbd48d91d83a354fb7f7ced67851d4f7dfe34ed61160ea128b01c3a9823cc5c4c784122d8a32f04ffc162b7b605dae"
     "b33e8c54a34502496d50584917b6038e5fb6036b8d7fdce93e30c210",
     "3bd06cc562c11b7db5bb288774c40491081020014013b7c00000010c82b9fbefa6b602dd11adc60ff1470ba942171ea8"
     "673644095731ebe89028a13ff5f47a711ef952c105a788652308b4dcd1fa9a8e18319f72ac74b1ce6fe446979861af5b"
     "d9f81dd4b52f4be998275a0ba8589bfeb0a4568dda4fc24645fa161c01856c035b73cd9bc9e980758651b05c63acd116"
     "d5a1fdfe6222c1c442fd035ce6bcd4a01d4a62c8aaef566f2545ccf4647bad1c4da7999473a32ac533d00d23e1e3f56f"
     "361acd68ccf0f0ed1869b43de30f47b1b0584654d04aaac1a79450c19f82257056041caa8c92b88bc83db42a03cf624f"
     "cec9fb7b3ca7e12181087938be6d944585bb76f43fe3ad12f477ba97",
     "3bd06cc562c11b7db5bb288774c40491081020014013b7c00000004c8b825c36059f8a7554802d395e6981133d09dbb3"
     "1f034a964e4899bdc3508be7af7f26c49329876255533260b66761bf",
     "3bd06cc562c11b7db5bb288774c4049108100501bc1073600000005c1529c77562526a936f091370c6828465c65e8967"
     "bfa0726610e9b150daa4013cd24bf868ca1b8a3fa8579a7acae721610b0ab669ea8f2dc5a76e9bf062c66c01",
     "3bd06cc562c11b7db5bb288774c40491081005018ea05aa30000006c29538c4f91d2df8d133eef6fc11f5d9432704195"
     "29f8182a4afe7edcf67a754bd1598d2a6d5042795ebf137251b1e3bd9a3c9b671cb54948e77ae17dc37c9069d0cf8db2"
     "f6a58b8619a4a50431685fe0"},
    "f85a8d19fd35dd7ce1533008d949d2f79c3effefac0f2a336703e7f45f807f1f",
    "51bd2366cb02c65ed47fff9e5a580fc9602253ce0400c40a7c0ecc161e44ce73",
    "605f8b626c402e2679e7d72e3b34f83f",
    "5a03df1ff917c4906583caf0edba4807298e65fa4658440fcccf38f0d7e6259f",
    "2654eec24322608e0d49f68b3ae8285f",
    "712d2941dc3a3eda7618d8e231a99982a4a40ac39d0d141341bb417c6bbc7b66",
};

constexpr Transcript kTripleDes = {
    "3des-sha1-modp768",
    "3des-sha1",
    {"5b4c5b000699c0e400000000000000000110020000000000000000980d00003400000001000000010000002801010001"
     "000000200101000080010005800200028004000180030001800b0001800c3de00d00000c09002689dfd6b7120d000014"
     "afcad71368a1f1c96b8696fc775701000d0000144a131c81070358455c5728f20e95452f0000001490cb80913ebb696e"
     "086381b5ec427b1f",
     "5b4c5b000699c0e4444b45ce59be03100110020000000000000000840d00003400000001000000010000002801010001"
     "000000200101000080010005800200028004000180030001800b0001800c3de00d00000c09002689dfd6b7120d000014"
     "afcad71368a1f1c96b8696fc77570100000000144a131c81070358455c5728f20e95452f",
     "5b4c5b000699c0e4444b45ce59be03100410020000000000000000d40a000064285208a4389bc1c97d55f0b0eeea54e4"
     "c0e998173f81a0e845784a001dd17677e8f1f04503830ec88b3f63963d4ccc15b7e0f323135427059af8da992d6f3b45"
     "7b8132097b8b7b0e42487aa38fa6fe7579f724fcdad4b18cd3879073e731f2cd14000024f7bead4aec6f16c0d108fa72"
     "07ba5bc35136ba098447a9eb652982df728a5d9414000018ce8f22bf697bb44640baa77ee5802898c6dfe27300000018"
     "53addf5bc1cac02e30fdcb7c7a59d8efbb5e692d",
     "5b4c5b000699c0e4444b45ce59be03100410020000000000000000d40a00006471d84a1fdf8f5c92c517967cfc8635a8"
     "fd8c2bfe45f4dfd3b6e779fa1ae2e139e4b90148c1660843b9bbe743bd15176f8946235fe237ed149152eedcf8dcad07"
     "4d95c01634935ccd3dfe947ec83e02cdc7564066a11df2a22e54f6655ee7a9f5140000247c8bb7f73995985ba719ae29"
     "a10f8b0f6527d7556d754d723dfc678f51dca0b914000018f2045b4c28b0815caf571c1f300c1048b283202500000018"
     "e6cd9b47888eee430927167cf5c98c6d16ff67f5",
     "5b4c5b000699c0e4444b45ce59be031005100201000000000000006427a15b8da8c9c3c33147997411a8e211c2685dd6"
     "0f1633872bf9d46993db628181570954bb3a97b62a692926883a11d0f75a6074830eb7d04ca44b8f07a4e8b07242fa57"
     "7f1a04ab",
     "5b4c5b000699c0e4444b45ce59be0310051002010000000000000044e4a48d674bd6fc18f26cee63ba26238ef42fd9e7"
     "c512302b40642899add91c9a94aa6242eef58e62",
     "5b4c5b000699c0e4444b45ce59be03100810200124d11a4d000000ac779ebdb9798dc11bd15304bd80a5c808d055b51f"
     "8e5ccb09d6949c928aa72b373305420b45f0abd6b388b4352bc8ab1c7a5a43082919f190c9c0cd012ac185ef46abf6da"
     "1272f3bbb966ff56fe509a6cb790f01b760cce22d4553d873cc65851c0253cad32c81b5e6655eb8406b9f2798d373139"
     "55d90ca509219ec94dfea9c40399358cee9cd81aefcd331716a32895",
     "5b4c5b000699c0e4444b45ce59be03100810200124d11a4d000000ac84b50a2a0b029a7efb0efd232673d7d8f49bd3ea"
     "1e8b2b3edb5e33f5866e2df6cad29e0c239daeebda8d6a313ed5ed7f044026ee55d0952253c107a4bc3b353fe1d43d07"
     "e3b9c6abce946ec1d3ecef8b4a8e4835a51e86ac6f7ccc2e9f219f3cb226b48dce0a5e32d6c96f98f5193ebf04b7098c"
     "82ac538542c9e17bf0720cfca77b4af63a270b8b82facbb45ca08e4b",
     "5b4c5b000699c0e4444b45ce59be03100810200124d11a4d0000003cc218996fd2306c926f4584355f7878243f01db61"
     "96a073583fe9f04d82afa75d",
     "5b4c5b000699c0e4444b45ce59be031008100501810958f60000004cb0b770fd2f0168958769bec38adcbad93ad6f0e5"
     "351d7cb314de7c9774041eb6abc387ca0d1a3d4dfb578d5a01c451c4",
     "5b4c5b000699c0e4444b45ce59be0310081005016e7fb501000000548c5d56c1f28268d9b52637939c89c05bbd8ff829"
     "06a35f358bacff29d860aa3ccabd5f57d4cbd8b4fdaec0c57e77bd7a17bbbfd344a8dfde"},
    "f443c94b9475e5059a7a949870ac5ece09bae12f785621eb62cb0bf592d766193f656261f43ba8d84a700bc1f5167a48"
    "099bac864a48dd229c8e376f60efee0f3440204d60dd997e4134f19173386e6b170c64e65b43529850f6741f0b16998b",
    "",
    "eece838a7ac75fe597d9f123b4040cad14295c647f903415",
    "51325b17f06b69dae2fc387237740e4618175f41",
    "d974c69b4cd73825cbf1f636eacbbf1a10d18bca0717c706",
    "84a3f44dab30859014863d352d06622a1adf3794",
};

constexpr char kPsk[] = "correct horse battery staple";

// One side's view of a transcript, message by message.
class Ikev1Transcript : public ::testing::TestWithParam<Transcript> {
 protected:
  static std::vector<ipsec::Proposal> Proposals(ipsec::Protocol protocol, const char* text) {
    return {ipsec::ParseProposal(protocol, text).value()};
  }

  void Lawful(const Message& message, MessageForm form) {
    const auto fault = CheckPayloads(message, form);
    EXPECT_FALSE(fault.has_value()) << ToString(form) << ": " << fault->ToString();
  }

  Message Plain(size_t index, MessageForm form) {
    const auto message = DecodeMessage(FromHex(GetParam().messages[index]));
    EXPECT_TRUE(message.ok()) << message.malformed().ToString();
    Lawful(*message, form);
    return *message;
  }

  // Opens with the chain's IV, and moves it on.
  Message Sealed(size_t index, MessageForm form, Bytes& iv) {
    const Bytes datagram = FromHex(GetParam().messages[index]);
    const auto opened = OpenMessage(*suite_.encr, keys_.cipher.view(), iv, datagram);
    EXPECT_TRUE(opened.ok()) << ToString(form) << ": " << opened.malformed().ToString();
    if (!opened.ok()) return {};
    Lawful(opened->message, form);
    iv = opened->next_iv;
    return opened->message;
  }

  Bytes FirstIv(size_t index) {
    return crypto::ExchangeIv(prf_->hash(), phase1_iv_, PeekHeader(FromHex(GetParam().messages[index]))->message_id,
                              *suite_.encr);
  }

  ipsec::Suite suite_;
  std::optional<crypto::Prf> prf_;
  crypto::Ikev1Keys keys_;
  Bytes phase1_iv_;
};

TEST_P(Ikev1Transcript, ReadsAsItWasMeant) {
  const Transcript& t = GetParam();

  // Main Mode, messages 1 and 2: what is offered, and the answer to it.
  const auto ike = Proposals(ipsec::Protocol::kIke, t.ike);
  const Message main1 = Plain(0, kMain1);
  const Message main2 = Plain(1, kMain2);
  const SaPayload& offer = *main1.Get<SaPayload>();
  const AuthMethod methods[] = {AuthMethod::kPreSharedKey};
  const auto chosen = ChoosePhase1(ike, methods, offer);
  ASSERT_TRUE(chosen.has_value());
  EXPECT_EQ(chosen->answer, *main2.Get<SaPayload>());  // charon echoes as we do
  const auto verified = VerifyPhase1(ike, offer, *main2.Get<SaPayload>());
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->suite.ToString(), t.ike);
  suite_ = verified->suite;
  prf_ = crypto::Prf::Create(*suite_.prf).value();
  std::vector<Vendor> vendors;
  for (const auto* vid : main2.All<VendorIdPayload>()) vendors.push_back(FindVendor(vid->data).value());
  EXPECT_EQ(vendors, (std::vector{Vendor::kXauth, Vendor::kDpd, Vendor::kNatTraversal}));

  // 3 and 4: the key exchange, nonces, and where a NAT is.
  const Message main3 = Plain(2, kMain3);
  const Message main4 = Plain(3, kMain4);
  const CookiePair cookies = main3.cookies();
  const Bytes& ni = main3.Get<NoncePayload>()->data;
  const Bytes& nr = main4.Get<NoncePayload>()->data;
  const Bytes& g_xi = main3.Get<KePayload>()->data;
  const Bytes& g_xr = main4.Get<KePayload>()->data;
  const Bytes responder = FromHex("c000020201f4");  // 192.0.2.2, port 500 (RFC 3947 3.2)
  EXPECT_EQ(main3.Get<NatDPayload>()->hash, crypto::Digest(prf_->hash(), {cookies.bytes(), responder}));
  auto keys = crypto::DeriveIkev1Keys(suite_, crypto::PreSharedSkeyid(*prf_, base::AsBytes(kPsk), ni, nr),
                                      FromHex(t.g_xy), cookies.initiator, cookies.responder);
  ASSERT_TRUE(keys.ok());
  keys_ = *std::move(keys);

  // 5 and 6: who they are, under one chain of IVs.
  phase1_iv_ = crypto::Phase1Iv(prf_->hash(), g_xi, g_xr, *suite_.encr);
  const Message main5 = Sealed(4, kMain5, phase1_iv_);
  const Message main6 = Sealed(5, kMain6, phase1_iv_);
  ASSERT_NE(main6.Get<IdPayload>(), nullptr);
  EXPECT_EQ(main5.ToString(), "MAIN [ID, HASH, N(INITIAL-CONTACT)]");
  EXPECT_EQ(ToIdentity(*main5.Get<IdPayload>()), ipsec::Identity::Parse("192.0.2.1").value());
  const Bytes sa_body = BodyOctets(offer);
  const crypto::Ikev1Exchange exchange{g_xi, g_xr, cookies.initiator, cookies.responder, sa_body};
  EXPECT_EQ(main5.Get<HashPayload>()->data,
            crypto::HashI(*prf_, keys_.skeyid.view(), exchange, BodyOctets(*main5.Get<IdPayload>())));
  EXPECT_EQ(main6.Get<HashPayload>()->data,
            crypto::HashR(*prf_, keys_.skeyid.view(), exchange, BodyOctets(*main6.Get<IdPayload>())));

  // Quick Mode: three hashes, two subnets, and the keys that charon says it installed.
  Bytes iv = FirstIv(6);
  const Message quick1 = Sealed(6, kQuick1, iv);
  const Message quick2 = Sealed(7, kQuick2, iv);
  const Message quick3 = Sealed(8, kQuick3, iv);
  ASSERT_NE(quick2.Get<SaPayload>(), nullptr);
  const uint32_t id = quick1.header.message_id;
  const Bytes& quick_ni = quick1.Get<NoncePayload>()->data;
  const Bytes& quick_nr = quick2.Get<NoncePayload>()->data;
  EXPECT_EQ(quick1.Get<HashPayload>()->data, crypto::Hash1(*prf_, keys_.a.view(), id, OctetsAfterHash(quick1)));
  EXPECT_EQ(quick2.Get<HashPayload>()->data,
            crypto::Hash2(*prf_, keys_.a.view(), id, quick_ni, OctetsAfterHash(quick2)));
  EXPECT_EQ(quick3.Get<HashPayload>()->data, crypto::Hash3(*prf_, keys_.a.view(), id, quick_ni, quick_nr));
  EXPECT_EQ(ToSelector(*quick1.All<IdPayload>()[0]), ipsec::TrafficSelector::Parse("10.1.0.0/24").value());
  EXPECT_EQ(ToSelector(*quick1.All<IdPayload>()[1]), ipsec::TrafficSelector::Parse("10.2.0.0/24").value());
  const auto esp = Proposals(ipsec::Protocol::kEsp, t.esp);
  const EncapsulationMode modes[] = {EncapsulationMode::kUdpTunnel};
  const auto asked = ChoosePhase2(esp, modes, *quick1.Get<SaPayload>(), 1);
  const auto agreed = VerifyPhase2(esp, *quick1.Get<SaPayload>(), *quick2.Get<SaPayload>());
  ASSERT_TRUE(asked && agreed);
  EXPECT_EQ(agreed->suite.ToString(), t.esp);
  EXPECT_EQ(quick1.Get<KePayload>() != nullptr, agreed->suite.dh != nullptr);
  const auto child = crypto::DeriveIkev1ChildKeys(agreed->suite, *prf_, keys_.d.view(), FromHex(t.quick_g_xy),
                                                  asked->peer_spi, agreed->peer_spi, quick_ni, quick_nr);
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(ToHex(child->encr_i.view()), t.encr_i);
  EXPECT_EQ(ToHex(child->integ_i.view()), t.integ_i);
  EXPECT_EQ(ToHex(child->encr_r.view()), t.encr_r);
  EXPECT_EQ(ToHex(child->integ_r.view()), t.integ_r);

  // The end: first the CHILD_SA, then the ISAKMP SA, each in an exchange of its own.
  for (const size_t index : {9, 10}) {
    Bytes own = FirstIv(index);
    const Message last = Sealed(index, kInformational, own);
    ASSERT_EQ(last.ToString(), "INFORMATIONAL [HASH, D]");
    EXPECT_EQ(last.Get<HashPayload>()->data,
              crypto::Hash1(*prf_, keys_.a.view(), last.header.message_id, OctetsAfterHash(last)));
    const DeletePayload& del = *last.Get<DeletePayload>();
    if (index == 9) {
      EXPECT_EQ(del.spis, std::vector<uint32_t>{asked->peer_spi});
    } else {
      EXPECT_EQ(del.isakmp, std::vector<CookiePair>{cookies});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(StrongSwan, Ikev1Transcript, ::testing::Values(kEcp, kTripleDes));

}  // namespace
}  // namespace culvert::wire::ikev1
