// SPDX-License-Identifier: Apache-2.0
// Diffie-Hellman as IKE uses it: fresh private values, checked peer values (RFC 6989), fixed-width results.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "libs/ipsec/algorithm.h"

namespace culvert::crypto {

// One private value. No state is shared between objects, and Derive is const: run them on any thread.
class KeyExchange {
 public:
  virtual ~KeyExchange() = default;

  // Draws the private value from `rng` (the same stream gives the same value: simulators and vectors rely on it).
  // Unimplemented when `group` is not a DH group of the table, or NONE.
  static absl::StatusOr<std::unique_ptr<KeyExchange>> Generate(const ipsec::Algorithm& group, base::Rng& rng);

  // As the KE payload carries it: MODP padded to the modulus (RFC 7296 3.4), ECP x | y (RFC 5903 7), RFC 8031.
  base::ByteView public_value() const { return public_value_; }

  // g^ir: MODP padded to the modulus (RFC 7296 2.14), ECP x alone (RFC 5903 9), RFC 8031 2.
  // InvalidArgument when the peer's value has the wrong length, is outside 1 < y < p-1, is not on the curve, or leads
  // to the all-zero secret. The q-order test of MODP is left out: it is not needed for safe primes when no private
  // value is reused (RFC 6989 2.1), and costs as much as the exchange.
  virtual absl::StatusOr<base::Secret> Derive(base::ByteView peer) const = 0;

 protected:
  explicit KeyExchange(base::Bytes public_value) : public_value_(std::move(public_value)) {}

 private:
  base::Bytes public_value_;
};

}  // namespace culvert::crypto
