// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/subnet_change.h"

#include <algorithm>

#include "services/iked/engine/child_negotiation.h"
#include "services/iked/engine/reconciler.h"
#include "services/iked/engine/tasks.h"

namespace culvert::iked {
namespace {

bool IsAboutPairs(const Task& task) {
  return task.story == Story::kNewChild || task.story == Story::kRekeyChild;
}

// What is being negotiated was asked for by the old numbers.
bool IsNegotiating(const IkeSa& sa) {
  return (sa.own != nullptr && (sa.own->child || sa.own->installing != 0)) ||
         (sa.peer != nullptr && (sa.peer->child || sa.peer->installing != 0));
}

bool OnlySubnetsDiffer(const Core& core, const Tunnel& tunnel, const TunnelConfig& next) {
  const TunnelConfig& now = *tunnel.config;
  if (tunnel.removed || !now.enabled || !next.enabled || now.frame.empty() || now.frame != next.frame) return false;
  const bool single = now.version == IkeVersion::kIkev1;
  if (!single && now.layout != ChildSaLayout::kPerPair && !tunnel.per_pair) return false;
  return std::all_of(tunnel.ike_sas.begin(), tunnel.ike_sas.end(), [&core](uint64_t spi) {
    const IkeSa* sa = core.FindIkeSa(spi);
    return sa != nullptr && !sa->half_open() && !IsNegotiating(*sa);
  });
}

// Pairs keep their CHILD_SAs under their new numbers.
void Renumber(Core& core, IkeSa& sa, const std::vector<SubnetPair>& before, const std::vector<SubnetPair>& after) {
  const auto same = [](const SubnetPair& a, const SubnetPair& b) { return a.local == b.local && a.remote == b.remote; };
  core.Touch(sa);
  std::erase_if(sa.queue, IsAboutPairs);
  std::erase_if(sa.postponed, IsAboutPairs);
  std::vector<uint64_t> gone;
  for (const std::unique_ptr<ChildSa>& child : sa.children) {
    const auto it = child->pair < before.size()
                        ? std::find_if(after.begin(), after.end(),
                                       [&](const SubnetPair& pair) { return same(pair, before[child->pair]); })
                        : after.end();
    child->pair = it == after.end() ? kNoPair : static_cast<size_t>(it - after.begin());
    if (it == after.end() && child->state == ChildState::kInstalled) gone.push_back(child->id);
  }
  for (const uint64_t id : gone) Enqueue(core, sa, {.story = Story::kDeleteChild, .child = id});
}

}  // namespace

bool ChangeSubnets(Core& core, Tunnel& tunnel, std::shared_ptr<const TunnelConfig> next) {
  if (!OnlySubnetsDiffer(core, tunnel, *next)) return false;
  StopAttempt(core, tunnel);
  std::vector<std::pair<IkeSa*, std::vector<SubnetPair>>> before;
  for (const uint64_t spi : tunnel.ike_sas) {
    IkeSa* sa = core.FindIkeSa(spi);
    before.emplace_back(sa, PairsOf(tunnel, *sa));
  }
  tunnel.config = std::move(next);
  tunnel.diagnosis = nullptr;
  tunnel.attempts = 0;
  for (const auto& [sa, pairs] : before) {
    sa->config = tunnel.config;
    Renumber(core, *sa, pairs, PairsOf(tunnel, *sa));
  }
  return true;
}

}  // namespace culvert::iked
