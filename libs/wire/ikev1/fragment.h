// SPDX-License-Identifier: Apache-2.0
// Messages in pieces, for peers that sent the vendor ID FRAGMENTATION (Cisco's way, which strongSwan and libreswan took
// over). A fragment is a message in clear whose one payload is of type 132 and carries a piece of the whole datagram,
// its header and its encryption included; so nothing authenticates a fragment but the message that they make.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/wire/ikev1/message.h"

namespace culvert::wire::ikev1 {

// The datagrams that carry `datagram` (without the non-ESP marker), each of at most `max_size` octets; itself alone
// when it fits. A fragment names the exchange of phase 1, kMain or kAggressive, and message ID 0, whichever message it
// is a piece of: so all implementations have it, and some take no other; a receiver looks for type 132 before all else.
// `id`: strongSwan has 1 for every message. CHECKs max_size: at least 128.
std::vector<base::Bytes> SplitMessage(base::ByteView datagram, uint16_t id, size_t max_size,
                                      ExchangeType phase1 = ExchangeType::kMain);

// The pieces of one message. Bounded: 255 pieces, 64 KiB. Whoever keeps it forgets it after a time.
class FragmentAssembly {
 public:
  enum class Outcome : uint8_t {
    kWaiting,   // kept, or known already
    kComplete,  // `whole` is the message; the assembly is empty again
    kRefused,   // it contradicts those that are kept, or is too much; nothing has changed
  };
  struct Added {
    Outcome outcome = Outcome::kWaiting;
    base::Bytes whole = {};
  };
  // A fragment with another id, or with other octets under a known number, begins anew: its sender cut another message.
  Added Add(const FragmentPayload& fragment);

  bool empty() const { return pieces_.empty(); }
  size_t octets() const { return octets_; }  // kept

 private:
  uint16_t id_ = 0;
  std::optional<uint8_t> last_;            // number of the last piece, once it is there
  std::map<uint8_t, base::Bytes> pieces_;  // by number
  size_t octets_ = 0;
};

}  // namespace culvert::wire::ikev1
