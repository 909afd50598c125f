// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/collector.h"

#include "absl/time/time.h"

namespace culvert::metricsd {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(1);  // Prometheus itself gives up after 10 s

}  // namespace

Collector::Collector(const SourceChannels& channels, Detail detail)
    : detail_(detail), sources_(channels), configuration_(channels.configd) {}

std::vector<prometheus::MetricFamily> Collector::Collect() const {
  absl::MutexLock lock(&mutex_);
  sources_.Refresh(kDeadline, &readings_);
  readings_.configuration = configuration_.Latest();
  Exposition exposition(keeper_);
  metricsd::Collect(readings_, detail_, &exposition);
  keeper_.Sweep();
  return exposition.Take();
}

}  // namespace culvert::metricsd
