// SPDX-License-Identifier: Apache-2.0
// MOBIKE (RFC 4555): an IKE SA and its CHILD_SAs outlive a change of addresses. The party that made the first IKE SA
// decides which addresses are used; the other one says which it has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/exchange.h"

namespace culvert::iked {

// Of an IKE SA both of whose ends support it; it outlives rekeys of the IKE SA.
struct Path {
  base::Endpoint local;
  base::Endpoint remote;
};

struct Mobike {
  bool decides = false;                         // we made the first IKE SA
  std::vector<base::IpAddress> peer_addresses;  // besides the one in use
  std::vector<base::IpAddress> told;            // ours, as the peer last heard them
  uint64_t probe = 0;                           // the search for a path under way; 0: none
  bool update = false;                          // UPDATE_SA_ADDRESSES is owed
  base::Bytes cookie2;                          // of the request under way: its answer proves that the peer is there
  std::vector<Path> others;                     // where the request under way goes as well: the path in use is silent
  std::optional<Path> proven;                   // ESP goes here still, until the peer shows that it hears us elsewhere
};

// In IKE_AUTH: that we support it, and our other addresses; nothing where the tunnel does not want it.
void AppendMobikeSupport(const Core& core, const IkeSa& sa, Payloads& payloads);
// The other side's IKE_AUTH, once it is authenticated.
void LearnMobike(const Core& core, IkeSa& sa, const wire::ikev2::Message& message);

// Which addresses the host has has changed: other paths are looked for, and peers are told.
void OnHostAddressesChanged(Core& core);
// True: the answer was to such a search.
bool OnMobikePath(Core& core, const PathResolved& resolved);

// Where our outstanding request goes besides the path in use; nowhere, unless that is silent. Who decides looks for
// other addresses of the peer then (3.10).
std::span<const Path> OtherPaths(Core& core, IkeSa& sa);
// Our request was answered: if it was on one of those, the SAs move there.
void TakeAnsweredPath(Core& core, IkeSa& sa, const Datagram& answer);

// What a request of the peer says about addresses, and our part of the answer. `datagram` carried it.
void AnswerMobike(Core& core, IkeSa& sa, const wire::ikev2::Message& message, const Datagram& datagram,
                  Payloads& answer);

}  // namespace culvert::iked
