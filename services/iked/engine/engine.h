// SPDX-License-Identifier: Apache-2.0
// IKE as a pure function: Handle(what happened) returns what is to be done. No socket, thread, lock or clock of its own
// inside: the same engine runs in iked, in tests, in the fuzzer and in simulations.
//
// One engine owns all state and is not thread-safe. Inputs are handled in order; the effects of one are carried out
// before the next input's. Time is read from the clock at each call and must not run backwards.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/clock.h"
#include "services/iked/engine/counters.h"
#include "services/iked/engine/effects.h"
#include "services/iked/engine/input.h"
#include "services/iked/engine/view.h"

namespace culvert::iked {

class Core;

// What an engine has in its hands, for whoever wants to know that nothing is left behind.
struct Holdings {
  size_t ike_sas = 0;  // in any state
  size_t child_sas = 0;
  size_t installations = 0;  // whose SaResult is awaited
  size_t spis = 0;           // leased, and at hand
};

class Engine {
 public:
  // `clock` and `rng` outlive the engine. Ids of SAs begin behind `first_id`, which must lie above those of earlier
  // engines that the datapath may still know.
  Engine(const base::Clock& clock, base::Rng& rng, uint64_t first_id);
  ~Engine();

  Effects Handle(Input input);

  // The generation of the configuration that runs; 0: none yet.
  uint64_t generation() const;
  uint32_t half_open() const;
  const Counters& counters() const;
  Holdings holdings() const;

  // All, or the one named; empty when there is none.
  std::vector<TunnelView> Tunnels(absl::string_view name = {}) const;
  std::vector<IkeSaView> IkeSas(absl::string_view tunnel = {}) const;  // half-open ones included
  // Newest first, at most 16. NotFound: no such tunnel.
  absl::StatusOr<std::vector<Diagnosis>> History(absl::string_view tunnel) const;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace culvert::iked
