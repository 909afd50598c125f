// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/configd/rules/address_text.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {

// Addresses by configuration payload: what we ask for, and what peers are given.
void CheckVirtualIps(const TunnelView& tunnel, Problems* problems) {
  const auto& wanted = tunnel.effective.local().virtual_ips();
  for (int i = 0; i < wanted.size(); ++i) {
    const std::string path = tunnel.Path(absl::StrCat("local.virtual_ips[", i, "]"));
    const auto address = base::IpAddress::Parse(wanted[i]);
    if (address.ok() && address->IsUnspecified()) continue;  // any will do
    CheckHostAddress(wanted[i], path, problems);
  }
  const bool gives = !tunnel.effective.remote().virtual_ip_pools().empty();
  if (tunnel.effective.esp().mode() == config::v1::EspMode::TRANSPORT && (gives || !wanted.empty())) {
    problems->Error(Code::CONFLICT, tunnel.Path(gives ? "remote.virtual_ip_pools" : "local.virtual_ips"),
                    "transport mode is between the hosts themselves: it has no other addresses",
                    "set esp.mode to TUNNEL, or leave it out");
  }
}

}  // namespace culvert::configd
