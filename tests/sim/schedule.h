// SPDX-License-Identifier: Apache-2.0
// What happens to two gateways, and how bad the network between them is: all of it follows from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace culvert::sim {

enum class Verb : uint8_t {
  kRekeyChild,
  kRekeyIke,
  kRekeyAll,
  // Those below interrupt traffic by their nature.
  kDownChild,    // an operator deletes the CHILD_SAs
  kDownAndUp,    // … everything, and wants it back after `length`
  kCrash,        // all state is lost; back after `length`
  kReconfigure,  // another digest
  kCut,          // no datagram passes for `length`
  kAcquire,      // traffic asks
  // Those of schedules with lifetimes.
  kSoftLimit,  // the datapath says that its pairs have carried what they are to carry
  kHardLimit,  // … what they may carry
};

struct Action {
  absl::Duration at;  // since the start
  int host = 0;       // 0: a, which dials; 1: b
  Verb verb = Verb::kRekeyChild;
  absl::Duration length{};

  std::string ToString() const;
};

// As configured; a rekey starts `margin` before the end.
struct Lifetimes {
  absl::Duration ike = absl::Hours(8);
  absl::Duration ike_margin = absl::Minutes(48);
  absl::Duration esp = absl::Hours(1);
  absl::Duration esp_margin = absl::Minutes(6);
};

struct Schedule {
  uint64_t seed = 0;
  bool gentle = false;  // nothing but rekeys: no packet may ever meet a gap
  bool both_dial = false;
  bool pfs = true;
  bool traffic = true;  // packets flow, so that a pair that waits for the first inbound one is activated
  int pairs = 1;        // CHILD_SAs
  double lost = 0;
  double doubled = 0;
  double install_fails = 0;
  absl::Duration network;   // longest delay of a datagram; the order is any
  absl::Duration jobs;      // longest computation; the order is any
  absl::Duration datapath;  // longest wait for the datapath, which keeps the order
  Lifetimes lifetimes[2];   // of a and b
  absl::Duration lives;     // lifetimes end within this time; zero: none does. After it none ends any more, so that
                            // what is left at rest was cleaned up by intention, not by age.
  bool reauth = false;      // IKE SAs are made anew, not rekeyed
  std::vector<Action> actions;

  absl::Duration LastDisturbance() const;
  std::string ToString() const;
};

Schedule MakeSchedule(uint64_t seed);

}  // namespace culvert::sim
