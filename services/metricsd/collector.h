// SPDX-License-Identifier: Apache-2.0
// What the exposer asks at each scrape.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/metricsd/collect.h"
#include "services/metricsd/counter_keeper.h"
#include "services/metricsd/snapshot_watch.h"
#include "services/metricsd/sources.h"

namespace culvert::metricsd {

class Collector : public prometheus::Collectable {
 public:
  Collector(const SourceChannels& channels, Detail detail);

  // Asks every source, each for a second at most. One scrape at a time.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Detail detail_;
  const Sources sources_;
  const SnapshotWatch configuration_;
  mutable absl::Mutex mutex_;
  mutable Readings readings_ ABSL_GUARDED_BY(mutex_);
  mutable CounterKeeper keeper_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace culvert::metricsd
