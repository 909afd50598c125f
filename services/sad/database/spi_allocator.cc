// SPDX-License-Identifier: Apache-2.0
#include "services/sad/database/spi_allocator.h"

#include <cstdlib>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kmod/core/spi.h"

namespace culvert::sad {
namespace {

// A freed slot rests while fewer than this many wait, as long as there are fresh ones: late packets of its last tenant
// are gone by then, and the datapath's array still stays dense.
constexpr size_t kResting = 4096;

}  // namespace

SpiAllocator::Slot* SpiAllocator::Find(uint32_t spi) {
  const uint32_t index = cv_spi_slot(spi);
  if (index == 0 || index >= slots_.size() || slots_[index].spi != spi) return nullptr;
  return &slots_[index];
}

bool SpiAllocator::Grow(uint32_t index) {
  if (index == 0 || index >= CV_SPI_SLOTS) return false;
  while (slots_.size() <= index) {
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  return true;
}

uint32_t SpiAllocator::TakeFreeSlot() {
  if (free_.size() < kResting && slots_.size() < CV_SPI_SLOTS) {
    slots_.emplace_back();
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  // Entries of slots that Adopt or KeepLeases took meanwhile are stale.
  while (!free_.empty()) {
    const uint32_t index = free_.front();
    free_.pop_front();
    if (slots_[index].state == State::kFree) return index;
  }
  return 0;
}

absl::StatusOr<std::vector<uint32_t>> SpiAllocator::Lease(size_t count) {
  if (count < 1 || count > kMaxLease) {
    return absl::InvalidArgumentError(absl::StrCat("a lease is of 1 to ", kMaxLease, " SPIs"));
  }
  if (leased_ + used_ + count >= CV_SPI_SLOTS) {
    return absl::ResourceExhaustedError(absl::StrCat(used_, " SPIs are in use and ", leased_, " leased"));
  }
  std::vector<uint32_t> spis;
  spis.reserve(count);
  std::vector<uint32_t> random(count);
  rng_.Fill({reinterpret_cast<uint8_t*>(random.data()), random.size() * sizeof(uint32_t)});
  for (size_t i = 0; i < count; ++i) {
    const uint32_t index = TakeFreeSlot();
    if (index == 0) std::abort();  // fewer free slots than counted
    Slot& slot = slots_[index];
    slot.spi = cv_spi_make(index, cv_spi_generation(slot.spi) + 1, random[i]);
    slot.state = State::kLeased;
    spis.push_back(slot.spi);
  }
  leased_ += count;
  return spis;
}

absl::Status SpiAllocator::Use(uint32_t spi) {
  Slot* slot = Find(spi);
  if (slot == nullptr || slot->state != State::kLeased) {
    return absl::FailedPreconditionError(absl::StrFormat("SPI %08x is not leased", spi));
  }
  slot->state = State::kUsed;
  --leased_;
  ++used_;
  return absl::OkStatus();
}

void SpiAllocator::Unuse(uint32_t spi) {
  Slot* slot = Find(spi);
  if (slot == nullptr || slot->state != State::kUsed) std::abort();
  slot->state = State::kLeased;
  --used_;
  ++leased_;
}

void SpiAllocator::Release(uint32_t index) {
  State& state = slots_[index].state;
  if (state == State::kFree) return;
  --(state == State::kUsed ? used_ : leased_);
  state = State::kFree;
  free_.push_back(index);
}

void SpiAllocator::Free(uint32_t spi) {
  if (Find(spi) != nullptr) Release(cv_spi_slot(spi));
}

bool SpiAllocator::Adopt(uint32_t spi) {
  const uint32_t index = cv_spi_slot(spi);
  if (!Grow(index) || slots_[index].state == State::kUsed) return false;
  Release(index);
  slots_[index] = {spi, State::kUsed};
  ++used_;
  return true;
}

void SpiAllocator::KeepLeases(std::span<const uint32_t> spis) {
  const absl::flat_hash_set<uint32_t> kept(spis.begin(), spis.end());
  for (uint32_t index = 1; index < slots_.size(); ++index) {
    if (slots_[index].state == State::kLeased && !kept.contains(slots_[index].spi)) Release(index);
  }
  for (uint32_t spi : kept) {
    const uint32_t index = cv_spi_slot(spi);
    if (!Grow(index) || slots_[index].state != State::kFree) continue;
    slots_[index] = {spi, State::kLeased};
    ++leased_;
  }
}

}  // namespace culvert::sad
