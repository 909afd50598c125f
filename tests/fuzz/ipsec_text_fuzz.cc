// SPDX-License-Identifier: Apache-2.0
// The texts that people type: identities, proposals, traffic selectors. What parses must print, and parse again to the
// same.
#include <cstdlib>

#include "libs/ipsec/identity.h"
#include "libs/ipsec/proposal.h"
#include "libs/ipsec/selector.h"

namespace {

using namespace culvert;
using namespace culvert::ipsec;

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = base::AsText({data, size});
  if (const auto identity = Identity::Parse(text); identity.ok()) {
    Require(identity->Same(*identity) && identity->Matches(*identity));
    for (const char c : identity->ToString()) Require(c >= 0x20 && c < 0x7f);
  }
  for (const Protocol protocol : {Protocol::kIke, Protocol::kEsp}) {
    const auto proposal = ParseProposal(protocol, text);
    if (!proposal.ok()) continue;
    Require(ParseProposal(protocol, proposal->ToString()).value() == *proposal);
    Require(Choose({&*proposal, 1}, {&*proposal, 1}).has_value());
  }
  if (const auto selector = TrafficSelector::Parse(text); selector.ok()) {
    Require(TrafficSelector::Parse(selector->ToString()).value() == *selector);
    Require(selector->Contains(*selector) && !selector->Prefixes().empty());
  }
  return 0;
}
