// SPDX-License-Identifier: Apache-2.0
// Two gateways, the network between them, and a schedule: run once, in virtual time. The same schedule gives the same
// run.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "tests/sim/invariants.h"

namespace culvert::sim {

class World {
 public:
  // `trace`: where to tell what happens, moment by moment; null: nowhere.
  explicit World(const Schedule& schedule, std::ostream* trace = nullptr);

  // Runs until everything has come to rest. The first violation, with its moment; nullopt: there was none.
  std::optional<std::string> Run();

 private:
  void Do(const Action& action);
  void Transmit(int from, const iked::Send& send);
  void WatchTraffic();
  // A packet has made its way. What was sent before a rekey must find a receiver after it: the grace of the old pair
  // outlives the path.
  void Arrive(int to, uint32_t spi);
  // All is calm, and nothing will move by itself.
  bool IsAtRest() const;
  void Note(int host, const std::string& what);

  const Schedule schedule_;
  Agenda agenda_;
  KeyLedger ledger_;
  Host hosts_[2];
  NoGap no_gap_;
  std::map<std::pair<int, std::string>, uint32_t> sends_on_;
  absl::Duration start_;
  absl::Duration calm_from_;  // nothing is lost from here on
  absl::Duration cut_until_;
  std::optional<std::string> violation_;
  std::ostream* const trace_;
};

}  // namespace culvert::sim
