// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/configd/profile/profile.h"
#include "services/configd/rules/address_text.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

void CheckPoolRange(const std::string& text, const std::string& field, Problems* problems) {
  const size_t dash = text.find('-');
  if (dash == std::string::npos) {
    CheckSubnet(text, field, problems);
    return;
  }
  const auto first = CheckHostAddress(text.substr(0, dash), field, problems);
  const auto last = CheckHostAddress(text.substr(dash + 1), field, problems);
  if (first && last && (first->family() != last->family() || *last < *first)) {
    problems->Error(Code::BAD_SUBNET, field, absl::StrCat(Quoted(text), " is not a range"), "FIRST-LAST of one family");
  }
}

}  // namespace

void CheckGateway(const ConfigurationView& view, Problems* problems) {
  const auto gateway = EffectiveGateway(view.configuration.gateway());
  constexpr uint32_t kMostHalfOpen = 1'000'000;
  if (gateway.half_open_limit() < 1 || gateway.half_open_limit() > kMostHalfOpen) {
    problems->Error(Code::OUT_OF_RANGE, "gateway.half_open_limit",
                    absl::StrCat(gateway.half_open_limit(), " is out of range"), absl::StrCat("1 to ", kMostHalfOpen));
  } else if (gateway.cookie_threshold() > gateway.half_open_limit()) {
    problems->Error(Code::CONFLICT, "gateway.cookie_threshold",
                    absl::StrCat("cookies would start at ", gateway.cookie_threshold(),
                                 " half-open IKE SAs, but no more than ", gateway.half_open_limit(), " are kept"),
                    "choose a threshold below gateway.half_open_limit");
  }
  for (int i = 0; i < gateway.resolvers_size(); ++i) {
    CheckHostAddress(gateway.resolvers(i), absl::StrCat("gateway.resolvers[", i, "]"), problems);
  }
}

void CheckPools(const ConfigurationView& view, Problems* problems) {
  for (int i = 0; i < view.configuration.pools_size(); ++i) {
    const auto& pool = view.configuration.pools(i);
    const std::string path = ElementPath("pools", pool.name(), static_cast<size_t>(i));
    if (pool.ranges().empty()) problems->Error(Code::REQUIRED, FieldPath(path, "ranges"), "the pool has no addresses");
    for (int r = 0; r < pool.ranges_size(); ++r) {
      CheckPoolRange(pool.ranges(r), absl::StrCat(path, ".ranges[", r, "]"), problems);
    }
    for (int d = 0; d < pool.dns_size(); ++d) {
      CheckHostAddress(pool.dns(d), absl::StrCat(path, ".dns[", d, "]"), problems);
    }
  }
}

void CheckHostKnown(const ConfigurationView& view, Problems* problems) {
  if (view.host == nullptr) {
    problems->Info(Code::NOT_CHECKED, "", "addresses and interfaces of the appliance are not known here",
                   "they are checked when the configuration is applied");
    return;
  }
  const auto& interfaces = view.configuration.interfaces();
  for (const auto& [word, names] : {std::pair("lan", &interfaces.lan()), std::pair("wired", &interfaces.wired()),
                                    std::pair("wifi", &interfaces.wifi()), std::pair("mobile", &interfaces.mobile())}) {
    for (int i = 0; i < names->size(); ++i) {
      if (view.host->HasInterface((*names)[i])) continue;
      problems->Warning(Code::UNKNOWN_INTERFACE, absl::StrCat("interfaces.", word, "[", i, "]"),
                        absl::StrCat("there is no interface ", Quoted((*names)[i]), " now"),
                        "it takes effect once it appears");
    }
  }
}

}  // namespace culvert::configd
