// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/counters.h"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace culvert::iked {
namespace {

struct Definition {
  absl::string_view name;
  std::vector<absl::string_view> labels;
};

const std::vector<Definition>& Definitions() {
  static const auto* const definitions = new std::vector<Definition>{
      {"ipsec_ike_messages_total", {"direction", "exchange", "type"}},
      {"ipsec_ike_invalid_messages_total", {"reason"}},
      {"ipsec_ike_cookies_sent_total", {}},
      {"ipsec_ike_retransmits_total", {"tunnel"}},
      {"ipsec_ike_handshakes_total", {"tunnel", "role", "result", "reason"}},
      {"ipsec_rekeys_total", {"tunnel", "kind", "initiator", "result"}},
      {"ipsec_rekey_collisions_total", {"tunnel", "kind"}},
      {"ipsec_dpd_probes_total", {"tunnel", "result"}},
      {"ipsec_dpd_timeouts_total", {"tunnel"}},
  };
  return *definitions;
}

const Definition& DefinitionOf(absl::string_view name) {
  for (const Definition& d : Definitions()) {
    if (d.name == name) return d;
  }
  std::abort();  // a counter that the contract does not have
}

std::string Key(absl::string_view name, Counters::Labels labels) {
  std::string key(name);
  for (const absl::string_view label : labels) absl::StrAppend(&key, "\n", label);
  return key;
}

}  // namespace

void HandshakeHistogram::Add(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  ++counts[static_cast<size_t>(bucket)];
  sum += seconds;
}

void Counters::Add(absl::string_view name, Labels labels, uint64_t count) {
  if (DefinitionOf(name).labels.size() != labels.size()) std::abort();
  values_[Key(name, labels)] += count;
}

void Counters::AddHandshake(bool initiator, HandshakePhase phase, absl::Duration duration) {
  handshakes_[initiator ? 1 : 0][static_cast<size_t>(phase)].Add(duration);
}

uint64_t Counters::Value(absl::string_view name, Labels labels) const {
  const auto it = values_.find(Key(name, labels));
  return it == values_.end() ? 0 : it->second;
}

std::vector<CounterSample> Counters::Samples() const {
  std::vector<CounterSample> samples;
  for (const auto& [key, value] : values_) {
    const std::vector<absl::string_view> parts = absl::StrSplit(key, '\n');
    const Definition& definition = DefinitionOf(parts[0]);
    CounterSample sample{definition.name, {}, value};
    for (size_t i = 0; i < definition.labels.size(); ++i) {
      sample.labels.emplace_back(definition.labels[i], std::string(parts[i + 1]));
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace culvert::iked
