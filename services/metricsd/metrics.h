// SPDX-License-Identifier: Apache-2.0
// Every metric that metricsd shows: one table with name, labels, type and help.
#pragma once

#include <prometheus/metric_type.h>

#include <vector>

#include "absl/strings/string_view.h"

namespace culvert::metricsd {

// What a lower reading of a counter means once its source was restarted.
enum class Restart {
  kNone,      // no counter, or one of ours
  kFromZero,  // it counts anew: iked, configd, culvertd
  kResumes,   // it reads its total back from the datapath, SA by SA: what is missing is still to come
};

struct Metric {
  absl::string_view name;
  prometheus::MetricType type;
  Restart restart;
  std::vector<absl::string_view> labels;
  absl::string_view help;
};

// In the order of exposition.
const std::vector<Metric>& Metrics();

}  // namespace culvert::metricsd
