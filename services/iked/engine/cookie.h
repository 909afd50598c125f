// SPDX-License-Identifier: Apache-2.0
// Stateless cookies (RFC 7296 2.6): a responder under load makes an initiator show that it receives what is sent to
// its address, before anything is allocated for it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/base/ip.h"
#include "libs/base/secret.h"

namespace culvert::iked {

// What a cookie is computed over, found in an IKE_SA_INIT request without decoding it. Views into the datagram.
struct InitPeek {
  base::ByteView cookie;  // empty: none; N(COOKIE) counts only as the first payload
  base::ByteView nonce;
};
std::optional<InitPeek> PeekInit(base::ByteView datagram);

// Cookie = version | HMAC-SHA-256(secret[version], Ni | IPi | SPIi), truncated. The secret changes every
// kCookieSecretLife; cookies of the one before still count.
class CookieJar {
 public:
  static constexpr size_t kSize = 17;

  explicit CookieJar(base::Rng& rng) : rng_(rng) {}

  base::Bytes Bake(absl::Duration monotonic, base::ByteView nonce, const base::IpAddress& peer, uint64_t spi_i);
  bool Accept(absl::Duration monotonic, base::ByteView cookie, base::ByteView nonce, const base::IpAddress& peer,
              uint64_t spi_i);

 private:
  void Rotate(absl::Duration monotonic);
  base::Bytes Compute(uint8_t version, base::ByteView nonce, const base::IpAddress& peer, uint64_t spi_i) const;

  base::Rng& rng_;
  std::array<base::Secret, 2> secrets_;  // by the version's lowest bit
  uint8_t version_ = 0;
  absl::Duration born_ = -absl::InfiniteDuration();
};

}  // namespace culvert::iked
