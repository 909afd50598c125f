// SPDX-License-Identifier: Apache-2.0
// Whatever decodes must encode to the same octets again, since hashes cover what was sent; and every reader of a
// message must take it. An input is a datagram, and, without its first octet, which then is a payload's type, a
// decrypted text.
#include <algorithm>
#include <cstdlib>

#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev1/fragment.h"
#include "libs/wire/ikev1/identification.h"
#include "libs/wire/ikev1/message.h"
#include "libs/wire/ikev1/payload_rules.h"
#include "libs/wire/ikev1/phase1_proposals.h"
#include "libs/wire/ikev1/phase2_proposals.h"
#include "libs/wire/ikev1/vendor_ids.h"

namespace {

using namespace culvert;
using namespace culvert::wire::ikev1;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::vector<ipsec::Proposal> Ours(ipsec::Protocol protocol, const char* text) {
  return {ipsec::ParseProposal(protocol, text).value()};
}

void JudgeOffer(const SaPayload& sa) {
  static const auto kIke = Ours(ipsec::Protocol::kIke, "3des-aes128-aes256-md5-sha1-sha256-modp1024-modp2048");
  static const auto kEsp = Ours(ipsec::Protocol::kEsp, "3des-aes128-aes256-md5-sha1-sha256-modpnone-modp2048");
  constexpr AuthMethod kMethods[] = {AuthMethod::kPreSharedKey, AuthMethod::kRsaSignature};
  constexpr EncapsulationMode kModes[] = {EncapsulationMode::kTunnel, EncapsulationMode::kUdpTunnel};
  const auto phase1 = ChoosePhase1(kIke, kMethods, sa);
  Require(phase1.has_value() == Phase1Difference(kIke, kMethods, sa).empty());
  if (phase1) Require(VerifyPhase1(kIke, sa, phase1->answer).has_value());
  const auto phase2 = ChoosePhase2(kEsp, kModes, sa, 0xc0000001);
  Require(phase2.has_value() == Phase2Difference(kEsp, kModes, sa).empty());
  if (phase2) Require(VerifyPhase2(kEsp, sa, phase2->answer).has_value());
}

void JudgeIdentification(const IdPayload& id) {
  for (const char c : Describe(id)) Require(c >= 0x20 && c < 0x7f);
  if (const auto identity = ToIdentity(id)) Require(ToIdPayload(*identity).data == id.data);
  if (const auto selector = ToSelector(id)) {
    const auto again = ToIdPayload(*selector);
    Require(again && ToSelector(*again) == selector);
  }
}

void Judge(const Message& message) {
  Require(!message.ToString().empty());
  for (const FormRule& rule : FormRules()) {
    for (const Proof proof : {Proof::kHash, Proof::kSignature}) {
      if (const auto fault = CheckPayloads(message, rule.form, proof)) Require(!fault->ToString().empty());
    }
  }
  for (const auto* sa : message.All<SaPayload>()) JudgeOffer(*sa);
  for (const auto* id : message.All<IdPayload>()) JudgeIdentification(*id);
  for (const auto* vid : message.All<VendorIdPayload>()) {
    if (const auto vendor = FindVendor(vid->data)) Require(!ToString(*vendor).empty());
  }
  FragmentAssembly assembly;
  for (const auto* fragment : message.All<FragmentPayload>()) assembly.Add(*fragment);
}

// The chain comes out as it went in; what follows it is padding.
void JudgeChain(const std::vector<Payload>& payloads, base::ByteView text) {
  const base::Bytes chain = EncodePayloads(payloads).chain;
  Require(chain.size() <= text.size() && std::equal(chain.begin(), chain.end(), text.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::ByteView input(data, size);
  const auto message = DecodeMessage(input);
  if (message.ok()) {
    JudgeChain(message->payloads, input.subspan(wire::kIkeHeaderSize));
    const auto again = DecodeMessage(EncodeMessage(*message));
    Require(again.ok() && again->payloads == message->payloads);
    Judge(*message);
  } else {
    Require(!message.malformed().ToString().empty() && !Name(message.error()).empty());
    Require(!ToString(NotifyFor(message.malformed())).empty());
  }
  if (size == 0) return 0;
  const base::ByteView text = input.subspan(1);
  const auto payloads = DecodePayloads(static_cast<PayloadType>(input[0]), text);
  if (payloads.ok()) {
    JudgeChain(*payloads, text);
    Judge({HeaderOf({1, 2}, ExchangeType::kQuick, 7), *payloads});
  }
  return 0;
}
