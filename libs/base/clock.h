// SPDX-License-Identifier: Apache-2.0
// Time and randomness as interfaces, so that engines stay pure functions of their inputs.
#pragma once

#include <ctime>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/base/bytes.h"

namespace culvert::base {

// CLOCK_BOOTTIME runs on through a suspend (lifetimes, DPD); CLOCK_MONOTONIC paces; wall time judges certificates.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Duration BootTime() const = 0;
  virtual absl::Duration Monotonic() const = 0;
  virtual absl::Time Wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Duration BootTime() const override { return Read(CLOCK_BOOTTIME); }
  absl::Duration Monotonic() const override { return Read(CLOCK_MONOTONIC); }
  absl::Time Wall() const override { return absl::Now(); }

 private:
  static absl::Duration Read(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return absl::DurationFromTimespec(now);
  }
};

class Rng {
 public:
  virtual ~Rng() = default;
  virtual void Fill(MutableByteView out) = 0;  // cryptographically strong; cannot fail (aborts instead)

  Bytes Take(size_t size) {
    Bytes out(size);
    Fill(out);
    return out;
  }
};

// RAND_bytes of OpenSSL.
class SystemRng final : public Rng {
 public:
  void Fill(MutableByteView out) override;
};

}  // namespace culvert::base
