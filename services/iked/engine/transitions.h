// SPDX-License-Identifier: Apache-2.0
// What may happen to an IKE SA, and where it leads: one table, a row each. A message that no row allows changes
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/core.h"

namespace culvert::iked {

enum class Trigger : uint8_t {
  kRequest,        // of the peer
  kResponse,       // to our own request
  kOwnGenerated,   // our exchange's public value is computed
  kOwnDerived,     // and its shared secret
  kOwnComputed,    // our AUTH is made, or the peer's checked; or neither took a computation
  kPeerComputed,   // the same, for an answer to the peer
  kOwnInstalled,   // the CHILD_SA of our exchange
  kPeerInstalled,  // … of the peer's
};

// What a handler is given; which parts are set depends on the trigger.
struct Step {
  const wire::ikev2::Message* message = nullptr;
  const Datagram* datagram = nullptr;
  JobResult* result = nullptr;
  absl::Status installed{};
};

// Computes on locals; commits, emits its effects and returns true, upon which the row's `to` becomes the SA's state. On
// false it has dealt with the failure itself.
using Handler = bool (*)(Core&, IkeSa&, Step&);
// What follows once the new state stands.
using Sequel = void (*)(Core&, IkeSa&);

// Sets as bit masks.
using StateSet = uint32_t;
using PayloadSet = uint32_t;
constexpr StateSet In(IkeState state) {
  return StateSet{1} << static_cast<int>(state);
}
constexpr PayloadSet Has(wire::ikev2::PayloadType type) {
  return PayloadSet{1} << (static_cast<int>(type) - static_cast<int>(wire::ikev2::PayloadType::kSa));
}
PayloadSet PayloadsOf(const wire::ikev2::Message& message);

struct Transition {
  absl::string_view name;
  Trigger trigger;
  Story story;  // ours, or the peer's; of requests the row itself says which
  wire::ikev2::ExchangeType exchange;
  StateSet from;
  PayloadSet required;
  PayloadSet forbidden;
  std::optional<wire::ikev2::NotifyType> notify;  // must be there
  Handler handler;
  std::optional<IkeState> to;  // nullopt: the state stays
  Sequel then = nullptr;
};

std::span<const Transition> Transitions();

// The first row that fits; null when there is none. `story` is that of the exchange under way, unused for requests.
const Transition* FindTransition(IkeState from, Trigger trigger, Story story, const wire::ikev2::Message* message);

// Finds the row, runs its handler, commits the state, then the sequel. False: no row, or the handler refused.
bool Dispatch(Core& core, IkeSa& sa, Trigger trigger, Story story, Step& step);

// How long an SA may stay in a state that waits for its peer; infinite: other timers see to it.
absl::Duration StayLimit(IkeState state);

}  // namespace culvert::iked
