// SPDX-License-Identifier: Apache-2.0
// ECP groups (RFC 5903) on OpenSSL's curve arithmetic: the public value is x | y, and only x is the secret. Going below
// EVP_PKEY spares its encodings and its second check of the peer's point; ours is made in
// EC_POINT_set_affine_coordinates.
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>

#include "libs/crypto/dh_groups.h"
#include "libs/crypto/openssl.h"

namespace culvert::crypto {
namespace {

using base::ByteView;
using base::Secret;

struct Curve {
  uint16_t id;
  int bits;     // of the order, so of the private value
  size_t size;  // of one coordinate, octets
  std::unique_ptr<EC_GROUP, Freer<EC_GROUP_free>> group;
};

Curve MakeCurve(uint16_t id, int nid, int bits, size_t size) {
  Curve curve{id, bits, size, nullptr};
  curve.group.reset(MustHave(EC_GROUP_new_by_curve_name(nid)));
  return curve;
}

const Curve* FindCurve(uint16_t id) {
  static const std::array<Curve, 3> kCurves = {MakeCurve(19, NID_X9_62_prime256v1, 256, 32),
                                               MakeCurve(20, NID_secp384r1, 384, 48),
                                               MakeCurve(21, NID_secp521r1, 521, 66)};
  for (const Curve& curve : kCurves) {
    if (curve.id == id) return &curve;
  }
  return nullptr;
}

Bignum ToBignum(ByteView bytes) {
  Bignum number(MustHave(BN_secure_new()));
  MustHave(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()));
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

// Coordinates of `point`, each padded to the field; `y` may be empty. The point is not at infinity.
void Coordinates(const Curve& curve, const EC_POINT* point, base::MutableByteView x, base::MutableByteView y,
                 BN_CTX* context) {
  const Bignum xn(MustHave(BN_secure_new()));
  const Bignum yn(MustHave(BN_secure_new()));
  Must(EC_POINT_get_affine_coordinates(curve.group.get(), point, xn.get(), yn.get(), context));
  Must(BN_bn2binpad(xn.get(), x.data(), static_cast<int>(x.size())));
  if (!y.empty()) Must(BN_bn2binpad(yn.get(), y.data(), static_cast<int>(y.size())));
}

class Ecp final : public KeyExchange {
 public:
  Ecp(const Curve& curve, Bignum private_value, base::Bytes public_value)
      : KeyExchange(std::move(public_value)), curve_(curve), private_(std::move(private_value)) {}

  absl::StatusOr<Secret> Derive(ByteView peer) const override {
    if (peer.size() != 2 * curve_.size) {
      return absl::InvalidArgumentError("the public value is not two coordinates long (RFC 5903 7)");
    }
    const BignumCtx context(MustHave(BN_CTX_secure_new()));
    const Bignum x(MustHave(BN_bin2bn(peer.data(), static_cast<int>(curve_.size), nullptr)));
    const Bignum y(MustHave(BN_bin2bn(peer.data() + curve_.size, static_cast<int>(curve_.size), nullptr)));
    const EcPoint point(MustHave(EC_POINT_new(curve_.group.get())));
    // Refuses coordinates beyond the field and points off the curve; the cofactor is 1, so no more is needed (RFC
    // 6989 2.3).
    if (EC_POINT_set_affine_coordinates(curve_.group.get(), point.get(), x.get(), y.get(), context.get()) != 1) {
      return absl::InvalidArgumentError("the public value is not a point of the curve (RFC 6989 2.3)");
    }
    const EcPoint shared(MustHave(EC_POINT_new(curve_.group.get())));
    Must(EC_POINT_mul(curve_.group.get(), shared.get(), nullptr, point.get(), private_.get(), context.get()));
    Secret secret(curve_.size);
    Coordinates(curve_, shared.get(), secret.mutable_view(), {}, context.get());
    return secret;
  }

 private:
  const Curve& curve_;
  Bignum private_;
};

// Uniform in [1, order): drawn anew until it falls there (NIST SP 800-56A 5.6.1.2.2).
Bignum DrawPrivate(const Curve& curve, base::Rng& rng) {
  const BIGNUM* order = EC_GROUP_get0_order(curve.group.get());
  const auto top_mask = static_cast<uint8_t>(0xFF >> (curve.size * 8 - static_cast<size_t>(curve.bits)));
  Secret drawn(curve.size);
  while (true) {
    rng.Fill(drawn.mutable_view());
    drawn.mutable_view().front() &= top_mask;
    Bignum value = ToBignum(drawn.view());
    if (!BN_is_zero(value.get()) && BN_cmp(value.get(), order) < 0) return value;
  }
}

}  // namespace

std::unique_ptr<KeyExchange> GenerateEcp(const ipsec::Algorithm& algorithm, base::Rng& rng) {
  const Curve* curve = FindCurve(algorithm.id);
  if (curve == nullptr) return nullptr;
  const BignumCtx context(MustHave(BN_CTX_secure_new()));
  Bignum private_value = DrawPrivate(*curve, rng);
  const EcPoint point(MustHave(EC_POINT_new(curve->group.get())));
  Must(EC_POINT_mul(curve->group.get(), point.get(), private_value.get(), nullptr, nullptr, context.get()));
  base::Bytes public_value(2 * curve->size);
  const base::MutableByteView view(public_value);
  Coordinates(*curve, point.get(), view.first(curve->size), view.last(curve->size), context.get());
  return std::make_unique<Ecp>(*curve, std::move(private_value), std::move(public_value));
}

}  // namespace culvert::crypto
