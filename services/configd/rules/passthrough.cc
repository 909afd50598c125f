// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/configd/rules/address_text.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {

void CheckPassthrough(const TunnelView& tunnel, Problems* problems) {
  const auto& subnets = tunnel.effective.passthrough().subnets();
  for (int i = 0; i < subnets.size(); ++i) {
    const std::string field = tunnel.Path(absl::StrCat("passthrough.subnets[", i, "]"));
    const auto subnet = CheckSubnet(subnets[i], field, problems);
    if (!subnet) continue;
    const auto& remote = tunnel.parsed.remote_subnets;
    if (subnet->length == 0) {
      problems->Error(Code::BAD_PASSTHROUGH, field, absl::StrCat(subnet->ToString(), " would exempt everything"),
                      "name the networks that must stay outside");
    } else if (std::find(remote.begin(), remote.end(), *subnet) != remote.end()) {
      problems->Error(Code::BAD_PASSTHROUGH, field,
                      absl::StrCat(subnet->ToString(), " is a remote subnet of this tunnel"),
                      "remove it here or from remote.subnets");
    }
  }
}

}  // namespace culvert::configd
