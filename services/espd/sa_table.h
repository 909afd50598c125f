// SPDX-License-Identifier: Apache-2.0
// Inbound SPI → pair, as an array index: O(1) whatever the number of SAs.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "kmod/core/spi.h"
#include "services/espd/child_sa.h"

namespace culvert::espd {

class SaTable {
 public:
  SaTable() : slots_(new std::atomic<ChildSa*>[CV_SPI_SLOTS]()) {}

  // Null unless exactly this SPI is installed: a slot's former tenant had another generation.
  ChildSa* Find(uint32_t spi) const {
    ChildSa* sa = slots_[cv_spi_slot(spi)].load(std::memory_order_acquire);
    return sa != nullptr && sa->inbound_spi == spi ? sa : nullptr;
  }

  // By the control plane. False if the slot is taken.
  bool Insert(ChildSa* sa) {
    ChildSa* empty = nullptr;
    return slots_[cv_spi_slot(sa->inbound_spi)].compare_exchange_strong(empty, sa, std::memory_order_release);
  }
  void Remove(const ChildSa* sa) { slots_[cv_spi_slot(sa->inbound_spi)].store(nullptr, std::memory_order_release); }

 private:
  std::unique_ptr<std::atomic<ChildSa*>[]> slots_;
};

}  // namespace culvert::espd
