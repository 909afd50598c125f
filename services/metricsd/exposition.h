// SPDX-License-Identifier: Apache-2.0
// One scrape in the making.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/metricsd/counter_keeper.h"
#include "services/metricsd/metrics.h"

namespace culvert::metricsd {

class Exposition {
 public:
  // All series of one metric.
  class Family {
   public:
    Family(const Metric& metric, CounterKeeper& keeper);

    const Metric& metric() const { return metric_; }
    // A gauge's or counter's value; as many label values as the metric has labels (CHECKed), in their order.
    void Add(std::initializer_list<absl::string_view> labels, double value) {
      Add({labels.begin(), labels.end()}, value);
    }
    void Add(const std::vector<absl::string_view>& labels, double value);
    // `counts` has one more element than `bounds`, and is not cumulative.
    void AddHistogram(std::initializer_list<absl::string_view> labels, const std::vector<double>& bounds,
                      const std::vector<uint64_t>& counts, double sum);

   private:
    friend class Exposition;

    prometheus::ClientMetric& NewSeries(const std::vector<absl::string_view>& labels);

    const Metric& metric_;
    CounterKeeper& keeper_;
    prometheus::MetricFamily out_;
  };

  explicit Exposition(CounterKeeper& keeper);

  Family* Find(absl::string_view name);        // null where the table has no such metric
  Family& operator[](absl::string_view name);  // must be in the table

  std::vector<prometheus::MetricFamily> Take();  // without those that have no series

 private:
  std::vector<Family> families_;
};

}  // namespace culvert::metricsd
