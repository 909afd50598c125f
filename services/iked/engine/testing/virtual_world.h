// SPDX-License-Identifier: Apache-2.0
// Time and chance that a test decides.
#pragma once

#include <cstdint>
#include <random>

#include "libs/base/clock.h"

namespace culvert::iked::testing {

// Starts at an arbitrary moment; both clocks move together unless the host is suspended.
class VirtualClock final : public base::Clock {
 public:
  absl::Duration BootTime() const override { return now_ + suspended_; }
  absl::Duration Monotonic() const override { return now_; }
  absl::Time Wall() const override { return wall_ + now_ + suspended_; }

  void AdvanceTo(absl::Duration monotonic) { now_ = monotonic; }
  void Suspend(absl::Duration length) { suspended_ += length; }  // CLOCK_BOOTTIME runs on, CLOCK_MONOTONIC does not
  void SetWall(absl::Time now) { wall_ += now - Wall(); }

 private:
  absl::Time wall_ = absl::FromUnixSeconds(1'700'000'000);  // when both clocks stood at zero
  absl::Duration now_ = absl::Hours(1);
  absl::Duration suspended_;
};

// The same seed gives the same run.
class SeededRng final : public base::Rng {
 public:
  explicit SeededRng(uint64_t seed) : engine_(seed) {}
  void Fill(base::MutableByteView out) override {
    for (uint8_t& octet : out) octet = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace culvert::iked::testing
