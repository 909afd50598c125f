// SPDX-License-Identifier: Apache-2.0
// Whatever decodes must encode, and decode again to the same value; and every reader of a message must take it.
#include <cstdlib>

#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev2/message.h"
#include "libs/wire/ikev2/payload_rules.h"
#include "libs/wire/ikev2/proposal_mapping.h"

namespace {

using namespace culvert;
using namespace culvert::wire::ikev2;

void Require(bool condition) {
  if (!condition) std::abort();
}

const ipsec::Proposal& Ours() {
  static const ipsec::Proposal kOurs =
      ipsec::ParseProposal(ipsec::Protocol::kIke, "aes128-aes256-sha256-sha1-modp2048-x25519").value();
  return kOurs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = DecodeMessage({data, size});
  if (!message.ok()) {
    Require(!message.malformed().ToString().empty() && !Name(message.error()).empty());
    return 0;
  }
  const auto again = DecodeMessage(EncodeMessage(*message));
  Require(again.ok() && again->payloads == message->payloads);
  Require(again->header.initiator_spi == message->header.initiator_spi && again->header.flags == message->header.flags);

  Require(!message->ToString().empty());
  if (const auto fault = CheckPayloads(*message)) Require(!fault->ToString().empty());
  if (const auto* sa = message->Get<SaPayload>()) {
    const std::vector<ipsec::Proposal> theirs = FromWire(*sa);
    const std::vector<ipsec::Proposal> ours = {Ours()};
    Require(ipsec::Choose(ours, theirs).has_value() == ipsec::Difference(ours, theirs).empty());
  }
  for (const auto* ts : message->All<TsPayload>()) {
    const auto everything = {ipsec::TrafficSelector::AnyOf(base::Family::kIPv4),
                             ipsec::TrafficSelector::AnyOf(base::Family::kIPv6)};
    Require(ipsec::Covers(ipsec::Narrow(everything, ts->selectors), ts->selectors));
    Require(ts->selectors.empty() || !ipsec::ToString(ts->selectors).empty());
  }
  for (const auto* id : message->All<IdPayload>()) {
    for (const char c : id->identity.ToString()) Require(c >= 0x20 && c < 0x7f);
    Require(id->identity.Same(id->identity));
  }
  return 0;
}
