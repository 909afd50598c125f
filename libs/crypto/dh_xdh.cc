// SPDX-License-Identifier: Apache-2.0
// Curve25519 and Curve448 (RFC 7748, RFC 8031).
#include <algorithm>
#include <array>

#include "libs/crypto/dh_groups.h"
#include "libs/crypto/openssl.h"

namespace culvert::crypto {
namespace {

using base::ByteView;
using base::Secret;

struct Curve {
  uint16_t id;
  const char* name;
  size_t size;
};
constexpr Curve kCurves[] = {{31, "X25519", 32}, {32, "X448", 56}};

class Xdh final : public KeyExchange {
 public:
  Xdh(const Curve& curve, Pkey key, base::Bytes public_value)
      : KeyExchange(std::move(public_value)), curve_(curve), key_(std::move(key)) {}

  absl::StatusOr<Secret> Derive(ByteView peer) const override {
    if (peer.size() != curve_.size)
      return absl::InvalidArgumentError("the public value has the wrong length (RFC 8031 2)");
    const Pkey peer_key(
        MustHave(EVP_PKEY_new_raw_public_key_ex(nullptr, curve_.name, nullptr, peer.data(), peer.size())));
    const PkeyCtx context(MustHave(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr)));
    Must(EVP_PKEY_derive_init(context.get()));
    Must(EVP_PKEY_derive_set_peer_ex(context.get(), peer_key.get(), /*validate_peer=*/0));
    Secret secret(curve_.size);
    size_t size = secret.size();
    // A point of low order leads to zero, which must be refused (RFC 8031 4, RFC 7748 6); OpenSSL says so by failing.
    if (EVP_PKEY_derive(context.get(), secret.mutable_view().data(), &size) != 1 || size != curve_.size) {
      return absl::InvalidArgumentError("the public value is of low order: the shared secret is zero (RFC 8031 4)");
    }
    return secret;
  }

 private:
  const Curve& curve_;
  Pkey key_;
};

}  // namespace

std::unique_ptr<KeyExchange> GenerateXdh(const ipsec::Algorithm& algorithm, base::Rng& rng) {
  for (const Curve& curve : kCurves) {
    if (curve.id != algorithm.id) continue;
    Secret seed(curve.size);  // any octets are a private value; clamping is part of the function (RFC 7748 5)
    rng.Fill(seed.mutable_view());
    Pkey key(MustHave(EVP_PKEY_new_raw_private_key_ex(nullptr, curve.name, nullptr, seed.view().data(), seed.size())));
    base::Bytes public_value(curve.size);
    size_t size = public_value.size();
    Must(EVP_PKEY_get_raw_public_key(key.get(), public_value.data(), &size));
    return std::make_unique<Xdh>(curve, std::move(key), std::move(public_value));
  }
  return nullptr;
}

}  // namespace culvert::crypto
