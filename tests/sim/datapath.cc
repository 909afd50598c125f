// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/datapath.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace culvert::sim {
namespace {

std::string Texts(const std::vector<ipsec::TrafficSelector>& selectors) {
  std::string text;
  for (const ipsec::TrafficSelector& s : selectors) absl::StrAppend(&text, s.ToString(), " ");
  return text;
}

}  // namespace

bool KeyLedger::Enter(int host, bool inbound, const iked::SaKeys& keys) {
  const int end = 1 << (2 * host + (inbound ? 1 : 0));
  auto& [spi, ends] = uses_[base::ToBytes(keys.encryption_key.view())];
  const bool other_end = ends == 1 << (2 * (1 - host) + (inbound ? 0 : 1)) && spi == keys.spi;
  if (ends != 0 && !other_end) return false;
  spi = keys.spi;
  ends |= end;
  return true;
}

std::optional<std::string> Datapath::Install(const iked::InstallChildSa& sa) {
  if (Receives(sa.inbound.spi)) return absl::StrCat("SPI ", sa.inbound.spi, " serves two pairs");
  if (pairs_.contains(sa.id)) return absl::StrCat("id ", sa.id, " serves two pairs");
  Pair& pair = pairs_[sa.id];
  pair = {.id = sa.id,
          .spi_in = sa.inbound.spi,
          .spi_out = sa.outbound.spi,
          .selectors = absl::StrCat(Texts(sa.local_selectors), "to ", Texts(sa.remote_selectors)),
          .replaces = sa.replaces,
          .activation = sa.activation,
          .active = sa.activation == iked::Activation::kNow};
  return std::nullopt;
}

void Datapath::Retire(uint64_t id, absl::Duration now, absl::Duration grace) {
  const auto it = pairs_.find(id);
  if (it == pairs_.end()) return;
  const std::string& selectors = it->second.selectors;
  const bool taken_over = std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& entry) {
    return entry.first != id && entry.second.active && !entry.second.retiring && entry.second.selectors == selectors;
  });
  for (auto& [other_id, other] : pairs_) {
    const auto before = pairs_.find(other.replaces);
    const bool next = other.replaces == id || before == pairs_.end() || before->second.retiring;
    if (other_id != id && next && !taken_over && !other.retiring && other.selectors == selectors) other.active = true;
  }
  if (grace <= absl::ZeroDuration()) {
    pairs_.erase(it);
    return;
  }
  Pair& pair = it->second;
  pair.retiring = true;
  pair.gone_at = now + grace;
  // It sends on through the grace where nothing else would.
  if (std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& entry) {
        return entry.second.active && !entry.second.retiring && entry.second.selectors == pair.selectors;
      })) {
    pair.active = false;
  }
}

void Datapath::RetireAllBut(const std::set<uint64_t>& kept) {
  std::erase_if(pairs_, [&](const auto& entry) { return !kept.contains(entry.first); });
}

bool Datapath::Inbound(uint32_t spi, uint64_t* id) {
  for (auto& [pair_id, pair] : pairs_) {
    if (pair.spi_in != spi || pair.active || pair.retiring) continue;
    pair.active = true;
    *id = pair_id;
    return true;
  }
  return false;
}

void Datapath::Expire(absl::Duration now) {
  std::erase_if(pairs_, [now](const auto& entry) { return entry.second.gone_at <= now; });
}

const Pair* Datapath::Sender(const std::string& selectors) const {
  for (auto it = pairs_.rbegin(); it != pairs_.rend(); ++it) {
    if (it->second.active && it->second.selectors == selectors) return &it->second;
  }
  return nullptr;
}

bool Datapath::Receives(uint32_t spi) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [spi](const auto& entry) { return entry.second.spi_in == spi; });
}

}  // namespace culvert::sim
