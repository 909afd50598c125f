// SPDX-License-Identifier: Apache-2.0
// Every timer of IKE, in one place: its name, its clock and its value.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace culvert::iked {

// CLOCK_MONOTONIC paces; CLOCK_BOOTTIME runs on through a suspend, as lifetimes must.
enum class TimerClock : uint8_t { kMonotonic, kBoottime };

enum class TimerKind : uint8_t {
  kRetransmit,   // IKE SA, monotonic: our outstanding request (RFC 7296 2.1)
  kHalfOpen,     // IKE SA, monotonic: the peer must authenticate by then; also the end of a refused or replaced SA
  kIkeRekey,     // IKE SA, boottime: soft lifetime (2.8)
  kIkeExpire,    // IKE SA, boottime: hard lifetime
  kLiveness,     // IKE SA, boottime: has anything authenticated come in? (2.4)
  kKeepalive,    // IKE SA, monotonic: RFC 3948 4
  kChildRekey,   // CHILD_SA, boottime
  kChildExpire,  // CHILD_SA, boottime
  kInactivity,   // CHILD_SA, boottime: has it carried anything? (esp.inactivity)
  kRetry,        // tunnel, monotonic: the end of BACKOFF
  kFailback,     // tunnel, monotonic: an earlier endpoint is tried again
  kReassembly,   // IKE SA, monotonic: fragments of a message whose rest does not come (RFC 7383 2.6)
  kTaskRetry,    // IKE SA, monotonic: a request that met TEMPORARY_FAILURE (2.25)
  kDrain,        // engine, monotonic: the end of waiting for peers' answers
  kAttack,       // engine, monotonic: the end of a window in which cookies are demanded (2.6)
  kLease,        // engine, monotonic: SPIs are asked for again
};

// An id names one timer: arming it again moves it. Answering a cancelled one is harmless.
struct TimerId {
  TimerKind kind = TimerKind::kRetransmit;
  uint64_t object = 0;  // local SPI of the IKE SA, id of the CHILD_SA, number of the tunnel; 0: the engine

  bool operator==(const TimerId&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const TimerId& id) {
    return H::combine(std::move(h), id.kind, id.object);
  }
};

// The first retransmission; each further one waits this much longer, give or take the jitter (RFC 7296 2.1 leaves the
// figures to us; 2.4 wants "at least a dozen tries over several minutes" before an established SA is given up).
inline constexpr absl::Duration kFirstRetransmission = absl::Milliseconds(500);
inline constexpr double kRetransmissionFactor = 1.8;
inline constexpr double kRetransmissionJitter = 0.1;
inline constexpr absl::Duration kLongestRetransmission = absl::Seconds(20);

// Giving up: an attempt that was never answered; an exchange of an established SA whose tunnel has no DPD timeout; a
// Delete, after which the SA goes anyway.
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(20);
inline constexpr absl::Duration kExchangeTimeout = absl::Seconds(180);
inline constexpr absl::Duration kDeleteTimeout = absl::Seconds(4);

// A responder's wait for IKE_AUTH, and how long a refusal is kept to answer retransmissions with.
inline constexpr absl::Duration kHalfOpenTimeout = absl::Seconds(30);
inline constexpr absl::Duration kRefusalLinger = absl::Seconds(10);
// Longer than the pause between two retransmissions of most peers, so that what came already is of use to the next.
inline constexpr absl::Duration kReassemblyTimeout = absl::Seconds(30);
// A replaced IKE SA whose Delete its rekeyer owes us.
inline constexpr absl::Duration kRekeyedLinger = absl::Seconds(30);

inline constexpr absl::Duration kNatKeepalive = absl::Seconds(20);  // RFC 3948 4
inline constexpr absl::Duration kRetireGrace = absl::Seconds(5);    // a replaced CHILD_SA receives on (RFC 7296 2.8)
inline constexpr absl::Duration kCookieSecretLife = absl::Seconds(60);  // RFC 7296 2.6; the one before is honoured too

inline constexpr absl::Duration kFirstBackoff =
    absl::Seconds(1);                           // doubled at each failure, up to the tunnel's retry_cap
inline constexpr double kBackoffJitter = 0.25;  // waits are shortened by up to this share
inline constexpr absl::Duration kTemporaryFailureRetry = absl::Seconds(3);  // RFC 7296 2.25
inline constexpr absl::Duration kRekeyRetry = absl::Seconds(10);            // after a rekey that was refused
inline constexpr absl::Duration kDrainTimeout = absl::Seconds(3);
inline constexpr absl::Duration kLeaseRetry = absl::Seconds(1);

}  // namespace culvert::iked
