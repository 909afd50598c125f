// SPDX-License-Identifier: Apache-2.0
#include "libs/netlink/rule.h"

#include <linux/fib_rules.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/route/rule.h>

#include "absl/strings/str_cat.h"

namespace culvert::netlink {
namespace {

using RtnlRule = std::unique_ptr<rtnl_rule, decltype(&rtnl_rule_put)>;

RtnlRule Build(const Rule& rule) {
  RtnlRule out(rtnl_rule_alloc(), rtnl_rule_put);
  rtnl_rule_set_family(out.get(), ToAf(rule.family));
  rtnl_rule_set_action(out.get(), FR_ACT_TO_TBL);
  rtnl_rule_set_prio(out.get(), rule.priority);
  rtnl_rule_set_table(out.get(), rule.table);
  if (rule.mask != 0) {
    rtnl_rule_set_mark(out.get(), rule.mark);
    rtnl_rule_set_mask(out.get(), rule.mask);
  }
  return out;
}

bool Plain(rtnl_rule* rule) {
  return rtnl_rule_get_action(rule) == FR_ACT_TO_TBL && rtnl_rule_get_src(rule) == nullptr &&
         rtnl_rule_get_dst(rule) == nullptr && rtnl_rule_get_iif(rule) == nullptr && rtnl_rule_get_oif(rule) == nullptr;
}

}  // namespace

absl::StatusOr<std::vector<Rule>> ListRules(Socket& socket) {
  std::vector<Rule> rules;
  for (base::Family family : {base::Family::kIPv4, base::Family::kIPv6}) {
    nl_cache* raw = nullptr;
    if (int error = rtnl_rule_alloc_cache(socket.get(), ToAf(family), &raw); error < 0) {
      return ToStatus(error, "list rules");
    }
    std::unique_ptr<nl_cache, decltype(&nl_cache_free)> cache(raw, nl_cache_free);
    for (nl_object* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
      auto* rule = reinterpret_cast<rtnl_rule*>(object);
      if (!Plain(rule)) continue;
      rules.push_back({.family = family,
                       .priority = rtnl_rule_get_prio(rule),
                       .table = rtnl_rule_get_table(rule),
                       .mark = rtnl_rule_get_mark(rule),
                       .mask = rtnl_rule_get_mask(rule)});
    }
  }
  return rules;
}

absl::Status AddRule(Socket& socket, const Rule& rule) {
  const absl::Status status = ToStatus(rtnl_rule_add(socket.get(), Build(rule).get(), NLM_F_EXCL),
                                       absl::StrCat("add rule ", rule.priority, " to table ", rule.table));
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

absl::Status DeleteRule(Socket& socket, const Rule& rule) {
  const absl::Status status = ToStatus(rtnl_rule_delete(socket.get(), Build(rule).get(), 0),
                                       absl::StrCat("delete rule ", rule.priority, " to table ", rule.table));
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace culvert::netlink
