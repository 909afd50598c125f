// SPDX-License-Identifier: Apache-2.0
// A datapath as the port of sad wants it (services/sad/datapath/port.h), in virtual time: which pair sends, which
// receive, and until when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "services/iked/engine/effects.h"

namespace culvert::sim {

struct Pair {
  uint64_t id = 0;
  uint32_t spi_in = 0;
  uint32_t spi_out = 0;
  std::string selectors;
  uint64_t replaces = 0;
  iked::Activation activation = iked::Activation::kNow;
  bool active = false;    // it may send
  bool retiring = false;  // it receives until `gone_at`
  absl::Duration gone_at = absl::InfiniteDuration();
};

// Keys of both gateways: none may serve two pairs, or two directions.
class KeyLedger {
 public:
  // False: it is in use elsewhere. The two ends of one SA share theirs.
  bool Enter(int host, bool inbound, const iked::SaKeys& keys);

 private:
  std::map<base::Bytes, std::pair<uint32_t, int>> uses_;  // key → SPI, ends seen
};

class Datapath {
 public:
  // A violation, in words; nullopt: fine.
  std::optional<std::string> Install(const iked::InstallChildSa& sa);
  void Retire(uint64_t id, absl::Duration now, absl::Duration grace);
  void RetireAllBut(const std::set<uint64_t>& kept);
  // A packet came in. True: the first one, which activates it.
  bool Inbound(uint32_t spi, uint64_t* id);
  void Expire(absl::Duration now);

  // The one that a packet of these selectors would take; null: none.
  const Pair* Sender(const std::string& selectors) const;
  bool Receives(uint32_t spi) const;
  const std::map<uint64_t, Pair>& pairs() const { return pairs_; }

 private:
  std::map<uint64_t, Pair> pairs_;  // by id: the newest is the last
};

}  // namespace culvert::sim
