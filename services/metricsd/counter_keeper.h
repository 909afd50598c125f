// SPDX-License-Identifier: Apache-2.0
// Keeps counters from going back when the process that counts is restarted.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "services/metricsd/metrics.h"

namespace culvert::metricsd {

class CounterKeeper {
 public:
  // What to show for `reading` of the series `key`: at least what was shown before.
  double Keep(const std::string& key, double reading, Restart restart);

  // Forgets series that were not kept since the last call, such as those of removed tunnels.
  void Sweep();

 private:
  struct Series {
    double reading = 0;
    double lost = 0;  // what restarts took away
    bool used = false;
  };
  absl::flat_hash_map<std::string, Series> series_;  // none for a counter that has never moved
};

}  // namespace culvert::metricsd
