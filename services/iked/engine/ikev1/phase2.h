// SPDX-License-Identifier: Apache-2.0
// What an ISAKMP SA knows of its Quick Modes (RFC 2409 5.5): one of ours at a time, any of the peer's, each with a
// message id and a chain of IVs of its own. quick_mode.h has what happens to them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/wire/ikev1/payloads.h"
#include "services/iked/engine/ike_sa.h"

namespace culvert::iked::ikev1 {

enum class QuickStep : uint8_t {
  kComputing,   // the key exchange is being computed
  kAsked,       // ours: message 1 is out
  kInstalling,  // the datapath is at it
  kAnswered,    // the peer's: message 2 is out
  kDone,        // ours: message 3 is out
};

struct QuickMode {
  uint32_t message_id = 0;
  QuickStep step = QuickStep::kComputing;
  base::Bytes iv;        // of the exchange's next message
  base::Bytes received;  // digest of the message that `sent` answers
  Datagrams sent;
  base::Bytes hash3;

  // Of the peer's alone; what ours is about is in sa.own.
  ChildNegotiation child;
  wire::ikev1::SaPayload chosen;            // as we send it back: the peer's own transform, unmodified (RFC 2409 5.5)
  std::vector<wire::ikev1::IdPayload> ids;  // likewise; none where the peer sent none
  uint64_t job = 0;
  uint64_t installing = 0;
};

struct Phase2 {
  std::unique_ptr<QuickMode> own;                    // while sa.own is about a CHILD_SA
  std::vector<std::unique_ptr<QuickMode>> finished;  // ours, the newest last, for message 2 may come again
  std::vector<std::unique_ptr<QuickMode>> peers;     // until HASH(3) is in
  std::vector<uint32_t> spent;                       // message ids of the peer's: a replay begins nothing
};

}  // namespace culvert::iked::ikev1
