// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/vendors.h"

#include <algorithm>

#include "libs/wire/ikev1/vendor_ids.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::Message;
using wire::ikev1::Vendor;
using wire::ikev1::VendorIdPayload;

namespace {

bool Always(const TunnelConfig&, Encapsulation) {
  return true;
}
bool DetectsNats(const TunnelConfig&, Encapsulation encapsulation) {
  return encapsulation != Encapsulation::kNever;
}
bool Fragments(const TunnelConfig& config, Encapsulation) {
  return config.fragmentation != Fragmentation::kNever;
}
bool HasXauth(const TunnelConfig& config, Encapsulation) {
  return config.xauth != nullptr;
}

struct Row {
  Vendor vendor;
  bool (*allowed)(const TunnelConfig&, Encapsulation);
  NatTraversal nat;      // the way of detecting NATs that it means
  bool Features::*flag;  // or else the feature
};
// As we send them: what matters most comes first.
constexpr Row kRows[] = {
    {Vendor::kNatTraversal, DetectsNats, NatTraversal::kRfc3947, nullptr},
    {Vendor::kNatTraversalDraft03, DetectsNats, NatTraversal::kDraft03, nullptr},
    {Vendor::kNatTraversalDraft02n, DetectsNats, NatTraversal::kDraft02n, nullptr},
    {Vendor::kNatTraversalDraft02, DetectsNats, NatTraversal::kDraft02, nullptr},
    {Vendor::kNatTraversalDraft00, DetectsNats, NatTraversal::kDraft00, nullptr},
    {Vendor::kDpd, Always, NatTraversal::kNone, &Features::dpd},
    {Vendor::kFragmentation, Fragments, NatTraversal::kNone, &Features::fragmentation},
    {Vendor::kXauth, HasXauth, NatTraversal::kNone, &Features::xauth},
};

void Append(Payloads& payloads, Vendor vendor) {
  payloads.push_back(VendorIdPayload{base::ToBytes(wire::ikev1::VendorIdOf(vendor).octets)});
}

}  // namespace

void AppendVendorIds(Payloads& payloads, const TunnelConfig& config, Encapsulation encapsulation) {
  for (const Row& row : kRows) {
    if (row.allowed(config, encapsulation)) Append(payloads, row.vendor);
  }
}

void AppendVendorAnswer(Payloads& payloads, const Features& features) {
  for (const Row& row : kRows) {
    if (row.flag != nullptr ? features.*row.flag : features.nat == row.nat) Append(payloads, row.vendor);
  }
}

Features FeaturesOf(const Message& message, const TunnelConfig& config, Encapsulation encapsulation) {
  Features features;
  for (const VendorIdPayload* payload : message.All<VendorIdPayload>()) {
    const std::optional<Vendor> vendor = wire::ikev1::FindVendor(payload->data);
    const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.vendor == vendor; });
    if (row == std::end(kRows) || !row->allowed(config, encapsulation)) continue;
    if (row->flag != nullptr) {
      features.*row->flag = true;
    } else {
      features.nat = std::max(features.nat, row->nat);
    }
  }
  return features;
}

}  // namespace culvert::iked::ikev1
