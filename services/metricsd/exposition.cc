// SPDX-License-Identifier: Apache-2.0
#include "services/metricsd/exposition.h"

#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace culvert::metricsd {

Exposition::Family::Family(const Metric& metric, CounterKeeper& keeper) : metric_(metric), keeper_(keeper) {
  out_.name = std::string(metric.name);
  out_.help = std::string(metric.help);
  out_.type = metric.type;
}

prometheus::ClientMetric& Exposition::Family::NewSeries(const std::vector<absl::string_view>& labels) {
  if (labels.size() != metric_.labels.size()) std::abort();
  prometheus::ClientMetric& series = out_.metric.emplace_back();
  series.label.reserve(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    series.label.push_back({std::string(metric_.labels[i]), std::string(labels[i])});
  }
  return series;
}

void Exposition::Family::Add(const std::vector<absl::string_view>& labels, double value) {
  prometheus::ClientMetric& series = NewSeries(labels);
  if (metric_.type == prometheus::MetricType::Gauge) {
    series.gauge.value = value;
    return;
  }
  std::string key(metric_.name);
  for (const absl::string_view label : labels) absl::StrAppend(&key, "\n", label);
  series.counter.value = keeper_.Keep(key, value, metric_.restart);
}

void Exposition::Family::AddHistogram(std::initializer_list<absl::string_view> labels,
                                      const std::vector<double>& bounds, const std::vector<uint64_t>& counts,
                                      double sum) {
  prometheus::ClientMetric& series = NewSeries({labels.begin(), labels.end()});
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    series.histogram.bucket.push_back({total, bound});
  }
  series.histogram.sample_count = total;
  series.histogram.sample_sum = sum;
}

Exposition::Exposition(CounterKeeper& keeper) {
  families_.reserve(Metrics().size());
  for (const Metric& metric : Metrics()) families_.emplace_back(metric, keeper);
}

Exposition::Family* Exposition::Find(absl::string_view name) {
  for (Family& family : families_) {
    if (family.metric_.name == name) return &family;
  }
  return nullptr;
}

Exposition::Family& Exposition::operator[](absl::string_view name) {
  Family* family = Find(name);
  if (family == nullptr) std::abort();  // a name that the table does not have
  return *family;
}

std::vector<prometheus::MetricFamily> Exposition::Take() {
  std::vector<prometheus::MetricFamily> out;
  for (Family& family : families_) {
    if (!family.out_.metric.empty()) out.push_back(std::move(family.out_));
  }
  return out;
}

}  // namespace culvert::metricsd
