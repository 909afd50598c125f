// SPDX-License-Identifier: Apache-2.0
// The fragments of one message on their way in (RFC 7383 2.6). Each is authentic before it comes here, but to be
// authentic costs a stranger no more than one key exchange, so what is kept is bounded: the fragments of a message
// (kMaxFragments, by the decoder), its octets, and the octets of all strangers' messages together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/wire/ikev2/message.h"
#include "libs/wire/ikev2/protected.h"

namespace culvert::iked {

// A long chain of certificates is 16 KiB; nothing honest comes near this.
inline constexpr size_t kMaxReassembled = size_t{64} << 10;
// Of all peers that are not authenticated yet.
inline constexpr size_t kStrangersFragments = size_t{16} << 20;

// Octets that are kept for strangers.
class FragmentBudget {
 public:
  explicit FragmentBudget(size_t limit = kStrangersFragments) : limit_(limit) {}
  bool Take(size_t octets) {
    if (octets > limit_ - used_) return false;
    used_ += octets;
    return true;
  }
  void Give(size_t octets) { used_ -= octets; }
  size_t used() const { return used_; }

 private:
  size_t limit_;
  size_t used_ = 0;
};

class Reassembly {
 public:
  // `budget`, which outlives this: of a peer that is not authenticated yet; null: it is.
  Reassembly(uint32_t message_id, uint8_t exchange_type, FragmentBudget* budget);
  ~Reassembly();
  Reassembly(const Reassembly&) = delete;
  Reassembly& operator=(const Reassembly&) = delete;

  uint32_t message_id() const { return message_id_; }
  // Octets kept.
  size_t size() const { return size_; }

  // Before it costs a decryption: is a fragment of these fields of use (2.6)? If not, the reason as a counter's label:
  // "fragment_repeated", "fragment_total".
  std::optional<absl::string_view> Refuses(const wire::ikev2::FragmentFields& fields) const;
  // Keeps an authentic fragment that was not refused. A higher total means that the sender cut the message anew: what
  // came before is forgotten (2.6). The reason if it cannot be kept: "fragment_exchange", "fragment_too_large".
  std::optional<absl::string_view> Add(wire::ikev2::Fragment fragment);

  bool complete() const { return !pieces_.empty() && present_ == pieces_.size(); }
  // The chain of payloads, once complete.
  wire::ikev2::EncodedPayloads Take();

 private:
  void Forget();

  uint32_t message_id_;
  uint8_t exchange_type_;
  FragmentBudget* budget_;
  wire::ikev2::PayloadType first_inner_ = wire::ikev2::PayloadType::kNone;
  std::vector<std::optional<base::Bytes>> pieces_;  // by number - 1; as many as the total
  size_t present_ = 0;
  size_t size_ = 0;
};

}  // namespace culvert::iked
