// SPDX-License-Identifier: Apache-2.0
// SPIs leased from sad, so that one is at hand before the keys are. Blocks grow with demand.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace culvert::iked {

class SpiPool {
 public:
  static constexpr uint32_t kSmallest = 64;   // sad's own block
  static constexpr uint32_t kLargest = 1024;  // sad's limit

  uint32_t Take() {
    if (spis_.empty()) return 0;
    const uint32_t spi = spis_.back();
    spis_.pop_back();
    return spi;
  }
  void Give(std::span<const uint32_t> spis) {
    spis_.insert(spis_.end(), spis.begin(), spis.end());
    asked_ = false;
  }
  // A negotiation that came to nothing returns its SPI: the datapath never received by it.
  void Return(uint32_t spi) {
    if (spi != 0) spis_.push_back(spi);
  }
  // How many to ask for now; 0: enough, or asked already. A pool found nearly dry asks for twice as many.
  uint32_t Want() {
    if (asked_ || spis_.size() > block_ / 2) return 0;
    if (used_ && spis_.size() < block_ / 4) block_ = std::min(kLargest, block_ * 2);
    asked_ = used_ = true;
    return block_;
  }
  void AskAgain() { asked_ = false; }
  std::span<const uint32_t> at_hand() const { return spis_; }
  bool empty() const { return spis_.empty(); }
  size_t size() const { return spis_.size(); }

 private:
  std::vector<uint32_t> spis_;
  uint32_t block_ = kSmallest;
  bool asked_ = false;
  bool used_ = false;
};

}  // namespace culvert::iked
