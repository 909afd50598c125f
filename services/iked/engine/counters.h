// SPDX-License-Identifier: Apache-2.0
// The counters whose source is the engine, under the names of the metrics contract (prefix ipsec_). Labels are words of
// ours and names of tunnels, never what a peer wrote.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace culvert::iked {

struct CounterSample {
  absl::string_view name;  // "ipsec_ike_messages_total"
  std::vector<std::pair<absl::string_view, std::string>> labels;
  uint64_t value = 0;
};

struct HandshakeHistogram {
  static constexpr std::array<double, 11> kBounds = {0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
  std::array<uint64_t, kBounds.size() + 1> counts{};  // not cumulative; the last is +Inf
  double sum = 0;                                     // seconds

  void Add(absl::Duration duration);
};

// The phases of a handshake, as it is seen from each side.
enum class HandshakePhase : uint8_t { kIkeSaInit, kIkeAuth, kTotal };
inline constexpr size_t kHandshakePhases = 3;

class Counters {
 public:
  using Labels = std::initializer_list<absl::string_view>;  // values, in the order of the counter's label names

  // `name` is one of the table in counters.cc; another aborts.
  void Add(absl::string_view name, Labels labels, uint64_t count = 1);
  void AddHandshake(bool initiator, HandshakePhase phase, absl::Duration duration);

  std::vector<CounterSample> Samples() const;
  uint64_t Value(absl::string_view name, Labels labels) const;
  const HandshakeHistogram& handshake(bool initiator, HandshakePhase phase) const {
    return handshakes_[initiator ? 1 : 0][static_cast<size_t>(phase)];
  }

 private:
  absl::flat_hash_map<std::string, uint64_t> values_;  // "name\nlabel\nlabel"
  std::array<std::array<HandshakeHistogram, kHandshakePhases>, 2> handshakes_{};
};

}  // namespace culvert::iked
