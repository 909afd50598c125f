// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/invariants.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace culvert::sim {
namespace {

using Spis = std::pair<uint64_t, uint64_t>;

std::set<Spis> IkeSpis(const Host& host) {
  std::set<Spis> spis;
  for (const iked::IkeSaView& sa : host.engine().IkeSas()) spis.insert({sa.initiator_spi, sa.responder_spi});
  return spis;
}

// In, out; `turned`: as the peer has them.
std::set<Spis> ChildSpis(const Host& host, bool turned) {
  std::set<Spis> spis;
  for (const iked::IkeSaView& sa : host.engine().IkeSas()) {
    for (const iked::ChildSaView& child : sa.children) {
      spis.insert(turned ? Spis{child.spi_out, child.spi_in} : Spis{child.spi_in, child.spi_out});
    }
  }
  return spis;
}

std::set<Spis> DatapathSpis(const Host& host) {
  std::set<Spis> spis;
  for (const auto& [id, pair] : host.datapath().pairs()) spis.insert({pair.spi_in, pair.spi_out});
  return spis;
}

std::optional<std::string> CheckHost(const Schedule& schedule, const Host& host) {
  const iked::TunnelView tunnel = host.engine().Tunnels().front();
  if (tunnel.state != iked::TunnelState::kUp) return absl::StrCat("is in state ", static_cast<int>(tunnel.state));
  const iked::Holdings holds = host.engine().holdings();
  const auto pairs = static_cast<size_t>(schedule.pairs);
  if (holds.ike_sas != 1) return absl::StrCat("has ", holds.ike_sas, " IKE SAs");
  if (holds.child_sas != pairs) return absl::StrCat("has ", holds.child_sas, " CHILD_SAs");
  if (holds.installations != 0) return absl::StrCat("waits for ", holds.installations, " installations");
  if (holds.spis != host.spis_at_hand()) {
    return absl::StrCat("has ", holds.spis, " SPIs at hand, and should have ", host.spis_at_hand());
  }
  if (host.jobs() != 0) return absl::StrCat("still computes ", host.jobs(), " things");
  // Soft and hard lifetimes, liveness, and a retransmission.
  if (host.timers() > 4 + 2 * pairs) return absl::StrCat("has ", host.timers(), " timers");
  if (DatapathSpis(host) != ChildSpis(host, /*turned=*/false)) return "has a datapath that differs from its engine";
  return std::nullopt;
}

std::optional<std::string> Of(const char* host, std::optional<std::string> wrong) {
  if (!wrong) return wrong;
  return absl::StrCat(host, " ", *wrong);
}

}  // namespace

std::optional<std::string> CheckRest(const Schedule& schedule, const Host& a, const Host& b) {
  if (auto wrong = Of("a", CheckHost(schedule, a))) return wrong;
  if (auto wrong = Of("b", CheckHost(schedule, b))) return wrong;
  if (IkeSpis(a) != IkeSpis(b)) return "a and b are left with different IKE SAs";
  if (ChildSpis(a, false) != ChildSpis(b, true)) return "a and b are left with different CHILD_SAs";
  return std::nullopt;
}

std::optional<std::string> NoGap::Check(const Host& a, const Host& b) {
  const Host* const hosts[2] = {&a, &b};
  if (!watching_) {
    const auto up = [](const Host* host) {
      return host->up() && host->engine().Tunnels().front().state == iked::TunnelState::kUp;
    };
    if (!up(&a) || !up(&b)) return std::nullopt;
    watching_ = true;
    for (int i = 0; i < 2; ++i) {
      for (const auto& [id, pair] : hosts[i]->datapath().pairs()) selectors_[i].insert(pair.selectors);
    }
  }
  for (int i = 0; i < 2; ++i) {
    const char* name = i == 0 ? "a" : "b";
    for (const std::string& selectors : selectors_[i]) {
      const Pair* pair = hosts[i]->datapath().Sender(selectors);
      if (pair == nullptr) return absl::StrCat(name, " has nothing to send on from ", selectors);
      if (!hosts[1 - i]->datapath().Receives(pair->spi_out)) {
        return absl::StrCat(name, " sends on an SPI that the other does not know, ", pair->spi_out);
      }
    }
  }
  return std::nullopt;
}

}  // namespace culvert::sim
