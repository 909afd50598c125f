// SPDX-License-Identifier: Apache-2.0
#include "services/sad/guard/ruleset.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/host.h"
#include "services/sad/guard/region.h"

namespace culvert::sad {
namespace {

using Json = nlohmann::json;
using base::Family;

constexpr char kCounterPrefix[] = "leak-";
constexpr int kManglePriority = -150;      // after conntrack, before any NAT
constexpr int kBeforeSourceNat = 100 - 1;  // just before priority srcnat

// Which end of a packet each direction looks at.
struct Direction {
  const char* chain;
  const char* hook;
  const char* interface;  // the meta key
  bool outbound;
};
constexpr Direction kOut = {"out", "postrouting", "oifname", true};
constexpr Direction kIn = {"in", "prerouting", "iifname", false};

Json InTable(Json object) {
  object["family"] = "inet";
  object["table"] = base::kNftTable;
  return object;
}
Json Command(const char* verb, const char* kind, Json object) {
  return {{verb, {{kind, InTable(std::move(object))}}}};
}
Json Payload(const char* protocol, const char* field) {
  return {{"payload", {{"protocol", protocol}, {"field", field}}}};
}
Json Meta(const char* key) {
  return {{"meta", {{"key", key}}}};
}
Json Match(Json left, Json right) {
  return {{"match", {{"op", "=="}, {"left", std::move(left)}, {"right", std::move(right)}}}};
}
Json Set(std::vector<Json> values) {
  return {{"set", std::move(values)}};
}
Json PrefixValue(const base::Prefix& prefix) {
  return {{"prefix", {{"addr", prefix.address.ToString()}, {"len", prefix.length}}}};
}
Json AddressType(const char* which, std::vector<Json> types) {
  return Match({{"fib", {{"result", "type"}, {"flags", Json::array({which})}}}}, Set(std::move(types)));
}
const char* Ip(Family family) {
  return family == Family::kIPv4 ? "ip" : "ip6";
}
Json SourceAndDestination(Family family) {
  return {{"concat", {Payload(Ip(family), "saddr"), Payload(Ip(family), "daddr")}}};
}
std::string MapName(const char* chain, Family family) {
  return absl::StrCat(chain, family == Family::kIPv4 ? "4" : "6");
}
Json Accept() {
  return {{"accept", nullptr}};
}
Json Drop() {
  return {{"drop", nullptr}};
}

// A tunnel with a protocol or ports: rare, so it has rules of its own instead of five more fields in every map.
bool HasPorts(const Tunnel& tunnel) {
  return tunnel.local_protocol != 0 || tunnel.remote_protocol != 0;
}

class Builder {
 public:
  Builder(const Generation& generation, const std::set<std::string>& known_counters, bool identity)
      : generation_(generation), known_counters_(known_counters), identity_(identity) {}

  GuardRuleset Build() && {
    Add({{"add", {{"table", {{"family", "inet"}, {"name", base::kNftTable}}}}}});
    AddCounters();
    AddMaps();
    AddChain(kOut);
    AddChain(kIn);
    AddIdentityChain();
    DeleteStaleCounters();  // last: nothing refers to them any more
    result_.transaction = Json{{"nftables", std::move(commands_)}}.dump();
    return std::move(result_);
  }

 private:
  void Add(Json command) { commands_.push_back(std::move(command)); }
  void AddRule(const char* chain, std::vector<Json> expression) {
    Add(Command("add", "rule", {{"chain", chain}, {"expr", std::move(expression)}}));
  }

  void AddCounters() {
    for (const Tunnel& tunnel : generation_.tunnels()) {
      if (!tunnel.enabled) continue;
      result_.rules[tunnel.name] = 0;
      const std::string name = LeakCounterName(tunnel.name);
      wanted_counters_.insert(name);
      if (!known_counters_.contains(name)) Add(Command("add", "counter", {{"name", name}}));
    }
  }

  void DeleteStaleCounters() {
    for (const std::string& name : known_counters_) {
      if (!wanted_counters_.contains(name)) Add(Command("delete", "counter", {{"name", name}}));
    }
  }

  // In the order in which they win where they overlap: priority, then the longer prefixes.
  std::vector<Region> Regions() const {
    std::vector<Region> regions;
    for (uint32_t i = 0; i < generation_.tunnels().size(); ++i) {
      const Tunnel& tunnel = generation_.tunnels()[i];
      if (!tunnel.enabled || HasPorts(tunnel)) continue;
      ForEachPair(tunnel, [&](const base::Prefix& local, const base::Prefix& remote) {
        regions.push_back({local, remote, i});
      });
    }
    auto rank = [this](const Region& r) {
      return std::pair(-generation_.tunnels()[r.tunnel].priority, -(r.local.length + r.remote.length));
    };
    std::stable_sort(regions.begin(), regions.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return regions;
  }

  template <typename F>
  static void ForEachPair(const Tunnel& tunnel, F f) {
    for (const auto& local : tunnel.LocalSelectors()) {
      for (const auto& remote : tunnel.RemoteSelectors()) {
        if (local.family() != remote.family()) continue;
        for (const base::Prefix& l : local.Prefixes()) {
          for (const base::Prefix& r : remote.Prefixes()) f(l, r);
        }
      }
    }
  }

  void AddMaps() {
    const std::vector<Region> regions = Disjoint(Regions());
    for (const Direction& direction : {kOut, kIn}) {
      for (Family family : {Family::kIPv4, Family::kIPv6}) {
        Json elements = Json::array();
        for (const Region& region : regions) {
          if (region.local.family() != family) continue;
          const std::string& tunnel = generation_.tunnels()[region.tunnel].name;
          const auto& source = direction.outbound ? region.local : region.remote;
          const auto& destination = direction.outbound ? region.remote : region.local;
          elements.push_back({{{"concat", {PrefixValue(source), PrefixValue(destination)}}}, LeakCounterName(tunnel)});
          ++result_.rules[tunnel];
        }
        const char* type = family == Family::kIPv4 ? "ipv4_addr" : "ipv6_addr";
        const Json name = {{"name", MapName(direction.chain, family)}};
        Json map = name;
        map.update({{"type", {type, type}}, {"map", "counter"}, {"flags", {"interval"}}});
        Add(Command("add", "map", std::move(map)));
        Add(Command("flush", "map", name));
        if (elements.empty()) continue;
        Json filled = name;
        filled["elem"] = std::move(elements);
        Add(Command("add", "element", std::move(filled)));
      }
    }
  }

  void BeginChain(const char* name, const char* type, const char* hook, int priority) {
    Add(Command("add", "chain",
                {{"name", name}, {"type", type}, {"hook", hook}, {"prio", priority}, {"policy", "accept"}}));
    Add(Command("flush", "chain", {{"name", name}}));
  }

  void AddChain(const Direction& direction) {
    const char* chain = direction.chain;
    BeginChain(chain, "filter", direction.hook, kManglePriority);
    AddRule(chain, {Match(Meta(direction.interface), Set({"lo", base::kTunName})), Accept()});
    AddRule(chain, {Match(Payload("icmpv6", "type"), Set({133, 134, 135, 136, 137})), Accept()});
    if (direction.outbound) {
      // IKE's and ESP's own sockets; nothing that is forwarded can carry the mark unless the administrator sets it.
      AddRule(chain, {Match(Meta("mark"), base::kCulvertMark), Accept()});
      AddRule(chain, {AddressType("saddr", {"local"}), Dhcp(), Accept()});
    } else {
      const Json to_us = AddressType("daddr", {"local"});
      AddRule(chain, {to_us, Match(Payload("udp", "dport"), Set({base::kIkePort, base::kIkeNatPort})), Accept()});
      AddRule(chain, {to_us, Match(Meta("l4proto"), base::kEspProtocol), Accept()});
      AddRule(chain, {AddressType("daddr", {"local", "broadcast", "multicast"}), Dhcp(), Accept()});
    }
    for (const char* field : {"saddr", "daddr"}) {
      AddRule(chain, {Match(Payload("ip", field), Set({Prefix("169.254.0.0/16"), Prefix("224.0.0.0/24")})), Accept()});
      AddRule(chain, {Match(Payload("ip6", field), Set({Prefix("fe80::/10"), Prefix("ff02::/16")})), Accept()});
    }
    for (Family family : {Family::kIPv4, Family::kIPv6}) {
      AddRule(
          chain,
          {{{"counter",
             {{"map", {{"key", SourceAndDestination(family)}, {"data", absl::StrCat("@", MapName(chain, family))}}}}}},
           Drop()});
    }
    for (const Tunnel& tunnel : generation_.tunnels()) {
      if (tunnel.enabled && HasPorts(tunnel)) AddPortRules(direction, tunnel);
    }
  }

  void AddPortRules(const Direction& direction, const Tunnel& tunnel) {
    ForEachPair(tunnel, [&](const base::Prefix& local, const base::Prefix& remote) {
      const char* ip = Ip(local.family());
      const char* local_field = direction.outbound ? "saddr" : "daddr";
      const char* remote_field = direction.outbound ? "daddr" : "saddr";
      const char* local_port = direction.outbound ? "sport" : "dport";
      const char* remote_port = direction.outbound ? "dport" : "sport";
      const int protocol = tunnel.local_protocol != 0 ? tunnel.local_protocol : tunnel.remote_protocol;
      std::vector<Json> rule = {Match(Payload(ip, local_field), PrefixValue(local)),
                                Match(Payload(ip, remote_field), PrefixValue(remote)),
                                Match(Meta("l4proto"), protocol)};
      if (tunnel.local_port != 0) rule.push_back(Match(Payload("th", local_port), tunnel.local_port));
      if (tunnel.remote_port != 0) rule.push_back(Match(Payload("th", remote_port), tunnel.remote_port));
      rule.push_back({{"counter", LeakCounterName(tunnel.name)}});
      rule.push_back(Drop());
      AddRule(direction.chain, std::move(rule));
      ++result_.rules[tunnel.name];
    });
  }

  // An accept would not stop a masquerade in a later chain; a mapping to itself ends NAT for the connection.
  void AddIdentityChain() {
    if (!identity_) return;
    BeginChain("identity", "nat", "postrouting", kBeforeSourceNat);
    for (Family family : {Family::kIPv4, Family::kIPv6}) {
      AddRule("identity", {Match(Meta("oifname"), base::kTunName),
                           {{"snat", {{"family", Ip(family)}, {"addr", Payload(Ip(family), "saddr")}}}}});
    }
  }

  static Json Prefix(absl::string_view text) { return PrefixValue(*base::Prefix::Parse(text)); }
  static Json Dhcp() { return Match(Payload("udp", "dport"), Set({67, 68, 546, 547})); }

  const Generation& generation_;
  const std::set<std::string>& known_counters_;
  const bool identity_;
  std::set<std::string> wanted_counters_;
  Json commands_ = Json::array();
  GuardRuleset result_;
};

}  // namespace

GuardRuleset MakeRuleset(const Generation& generation, const std::set<std::string>& known_counters, bool identity) {
  return Builder(generation, known_counters, identity).Build();
}

std::string LeakCounterName(absl::string_view tunnel) {
  return absl::StrCat(kCounterPrefix, tunnel);
}

absl::string_view TunnelOfLeakCounter(absl::string_view counter) {
  return absl::ConsumePrefix(&counter, kCounterPrefix) ? counter : absl::string_view();
}

}  // namespace culvert::sad
