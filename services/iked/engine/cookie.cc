// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/cookie.h"

#include "libs/crypto/prf.h"
#include "libs/wire/ike_header.h"
#include "libs/wire/ikev2/constants.h"
#include "libs/wire/reader.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

using wire::ikev2::PayloadType;

std::optional<InitPeek> PeekInit(base::ByteView datagram) {
  const std::optional<wire::IkeHeader> header = wire::PeekHeader(datagram);
  if (!header) return std::nullopt;
  wire::Reader reader(datagram.subspan(wire::kIkeHeaderSize));
  InitPeek peek;
  uint8_t type = header->next_payload;
  for (size_t i = 0; type != 0 && i < wire::ikev2::kMaxPayloads; ++i) {
    const std::optional<uint8_t> next = reader.U8();
    if (!reader.U8()) return std::nullopt;
    const std::optional<uint16_t> length = reader.U16();
    if (!next || !length || *length < wire::kPayloadHeaderSize) return std::nullopt;
    const std::optional<base::ByteView> body = reader.Take(*length - wire::kPayloadHeaderSize);
    if (!body) return std::nullopt;
    if (type == static_cast<uint8_t>(PayloadType::kNotify) && i == 0) {
      wire::Reader notify(*body);
      const std::optional<uint8_t> protocol = notify.U8();
      const std::optional<uint8_t> spi_size = notify.U8();
      const std::optional<uint16_t> what = notify.U16();
      const bool cookie = protocol && spi_size == 0 && what == static_cast<uint16_t>(wire::ikev2::NotifyType::kCookie);
      if (cookie) peek.cookie = notify.Rest();
    } else if (type == static_cast<uint8_t>(PayloadType::kNonce)) {
      peek.nonce = *body;
    }
    type = *next;
  }
  if (peek.nonce.size() < wire::ikev2::kMinNonce || peek.nonce.size() > wire::ikev2::kMaxNonce) return std::nullopt;
  return peek;
}

void CookieJar::Rotate(absl::Duration monotonic) {
  if (monotonic - born_ < kCookieSecretLife) return;
  // After a long rest the secret before is as old as the rest itself: no cookie of it may count.
  if (monotonic - born_ >= 2 * kCookieSecretLife) secrets_[version_ & 1] = {};
  ++version_;
  base::Secret fresh(32);
  rng_.Fill(fresh.mutable_view());
  secrets_[version_ & 1] = std::move(fresh);
  born_ = monotonic;
}

base::Bytes CookieJar::Compute(uint8_t version, base::ByteView nonce, const base::IpAddress& peer,
                               uint64_t spi_i) const {
  wire::Writer spi;
  spi.U64(spi_i);
  const crypto::Prf prf(crypto::Hash::kSha256);
  const base::Secret mac = prf.Compute(secrets_[version & 1].view(), {nonce, peer.bytes(), spi.view()});
  wire::Writer cookie;
  cookie.U8(version);
  cookie.Append(mac.view().first(kSize - 1));
  return std::move(cookie).Take();
}

base::Bytes CookieJar::Bake(absl::Duration monotonic, base::ByteView nonce, const base::IpAddress& peer,
                            uint64_t spi_i) {
  Rotate(monotonic);
  return Compute(version_, nonce, peer, spi_i);
}

bool CookieJar::Accept(absl::Duration monotonic, base::ByteView cookie, base::ByteView nonce,
                       const base::IpAddress& peer, uint64_t spi_i) {
  Rotate(monotonic);
  if (cookie.size() != kSize) return false;
  const uint8_t version = cookie[0];
  const bool known = version == version_ || static_cast<uint8_t>(version + 1) == version_;
  if (!known || secrets_[version & 1].empty()) return false;
  return base::EqualConstantTime(cookie, Compute(version, nonce, peer, spi_i));
}

}  // namespace culvert::iked
