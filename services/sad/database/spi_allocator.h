// SPDX-License-Identifier: Apache-2.0
// Inbound SPIs: who may use which. Their bits are kmod/core/spi.h's, so that a datapath finds the SA by an array index
// and a packet for a slot's former tenant finds nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace culvert::sad {

class SpiAllocator {
 public:
  explicit SpiAllocator(base::Rng& rng) : rng_(rng), slots_(1) {}  // slot 0 is never given away

  // Blocks that iked may answer its peers with. INVALID_ARGUMENT: not 1..1024. RESOURCE_EXHAUSTED: all slots are taken.
  absl::StatusOr<std::vector<uint32_t>> Lease(size_t count);
  static constexpr size_t kMaxLease = 1024;

  // A leased SPI becomes a child SA's. FAILED_PRECONDITION: it is not leased, or in use already.
  absl::Status Use(uint32_t spi);
  void Unuse(uint32_t spi);  // the install failed: leased again
  void Free(uint32_t spi);   // the child SA has gone: the slot's next tenant has the next generation

  // In use by a child SA that was there before us. False: not an SPI that we can have made, or the slot is taken.
  bool Adopt(uint32_t spi);
  // iked's word after it attached: of all leased SPIs it still holds these, whoever leased them; the rest is free.
  void KeepLeases(std::span<const uint32_t> spis);

  size_t leased() const { return leased_; }
  size_t used() const { return used_; }

 private:
  enum class State : uint8_t { kFree, kLeased, kUsed };
  struct Slot {
    uint32_t spi = 0;  // of the tenant, or of the last one
    State state = State::kFree;
  };
  // The slot that `spi` names, if it is that slot's present or last tenant; null otherwise.
  Slot* Find(uint32_t spi);
  uint32_t TakeFreeSlot();
  void Release(uint32_t index);
  // Makes the array reach `index`; what is skipped on the way becomes free.
  bool Grow(uint32_t index);

  base::Rng& rng_;
  std::vector<Slot> slots_;
  std::deque<uint32_t> free_;  // oldest first, so that a slot rests as long as possible
  size_t leased_ = 0;
  size_t used_ = 0;
};

}  // namespace culvert::sad
