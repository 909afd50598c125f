// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/counter_keeper.h"

#include <algorithm>
#include <utility>

namespace culvert::metricsd {

double CounterKeeper::Keep(const std::string& key, double reading, Restart restart) {
  if (reading == 0 && !series_.contains(key)) return 0;
  Series& series = series_[key];
  series.used = true;
  if (restart == Restart::kResumes) {
    series.reading = std::max(series.reading, reading);
  } else {
    if (reading < series.reading) series.lost += series.reading;
    series.reading = reading;
  }
  return series.lost + series.reading;
}

void CounterKeeper::Sweep() {
  absl::erase_if(series_, [](auto& entry) { return !std::exchange(entry.second.used, false); });
}

}  // namespace culvert::metricsd
