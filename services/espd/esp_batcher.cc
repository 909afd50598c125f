// SPDX-License-Identifier: Apache-2.0
#include "services/espd/esp_batcher.h"

namespace culvert::espd {
namespace {

// By what SameWire() compares, so that two pairs of one peer meet; a collision costs only a shorter batch.
size_t WireHash(const OuterPath& path) {
  const base::Endpoint& remote = path.config.remote;
  return remote.address.bytes().back() * size_t{31} + remote.port * size_t{7} + remote.address.bytes()[2];
}

}  // namespace

bool EspBatcher::Fits(const EspBatch& batch, const OuterPath* path, uint8_t tos, size_t size) const {
  const bool last_is_short = batch.size != batch.segment * batch.segments;
  return !last_is_short && size <= batch.segment && batch.segments < kMaxSegments &&
         batch.size + size <= kMaxDatagram && batch.tos == tos && batch.path->SameWire(*path);
}

uint8_t* EspBatcher::Append(const OuterPath* path, uint8_t tos, size_t size, DropCounters* drops) {
  uint8_t& recent = recent_[WireHash(*path) % kRecent];
  if (recent == 0 || !Fits(batches_[recent - 1], path, tos, size)) {
    if (used_ == kBatches) Flush();
    batches_[used_] = {path, tos, slab_.get() + used_ * kSlot, 0, static_cast<uint32_t>(size), 0, drops};
    recent = static_cast<uint8_t>(++used_);
  }
  EspBatch& batch = batches_[recent - 1];
  uint8_t* room = batch.data + batch.size;
  batch.size += static_cast<uint32_t>(size);
  ++batch.segments;
  return room;
}

void EspBatcher::Flush() {
  if (used_ == 0) return;
  port_.Send({batches_.data(), used_});
  used_ = 0;
  recent_.fill(0);
}

}  // namespace culvert::espd
