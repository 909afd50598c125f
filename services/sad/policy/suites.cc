// SPDX-License-Identifier: Apache-2.0
#include "services/sad/policy/suites.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/ipsec/proposal.h"

namespace culvert::sad {
namespace {

constexpr uint32_t kUdpHeader = 8;
constexpr uint32_t kEspHeader = 8;   // SPI and sequence number
constexpr uint32_t kEspTrailer = 2;  // pad length and next header

EspCost CostOf(const ipsec::Algorithm& encr, const ipsec::Algorithm* integ) {
  const uint32_t icv = integ != nullptr ? integ->icv_bytes : encr.icv_bytes;
  // RFC 4303 2.4: four octets at least, and whole blocks of a block cipher. Counter modes need no blocks.
  const uint32_t align = encr.aead ? 4 : std::max<uint32_t>(4, encr.block_bytes);
  return {.fixed = kEspHeader + encr.iv_bytes + icv, .align = align};
}

}  // namespace

absl::StatusOr<AllowedSuites> ParseSuites(std::span<const std::string> proposals) {
  AllowedSuites allowed;
  auto add = [&](std::string suite, EspCost cost) {
    allowed.suites.insert(std::move(suite));
    if (std::find(allowed.costs.begin(), allowed.costs.end(), cost) == allowed.costs.end()) {
      allowed.costs.push_back(cost);
    }
  };
  for (const std::string& text : proposals) {
    ASSIGN_OR_RETURN(const ipsec::Proposal proposal, ipsec::ParseProposal(ipsec::Protocol::kEsp, text));
    for (const ipsec::Algorithm* encr : proposal.encr) {
      if (encr->aead) add(std::string(encr->keyword), CostOf(*encr, nullptr));
      for (const ipsec::Algorithm* integ : proposal.integ) {
        if (!encr->aead) add(absl::StrCat(encr->keyword, "-", integ->keyword), CostOf(*encr, integ));
      }
    }
  }
  return allowed;
}

uint32_t InnerMtu(uint32_t outer_mtu, uint32_t ip_header, std::span<const EspCost> costs) {
  uint32_t inner = outer_mtu;
  for (const EspCost& cost : costs) {
    const uint32_t around = ip_header + kUdpHeader + cost.fixed;
    const uint32_t encrypted = outer_mtu > around ? (outer_mtu - around) / cost.align * cost.align : 0;
    inner = std::min(inner, encrypted > kEspTrailer ? encrypted - kEspTrailer : 0);
  }
  return inner;
}

}  // namespace culvert::sad
