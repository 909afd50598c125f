// SPDX-License-Identifier: Apache-2.0
// MODP groups (RFC 2409 6.1 and 6.2, RFC 3526): generator 2 modulo a safe prime. Done on OpenSSL's big numbers, not
// through EVP_PKEY, whose peer check raises the value to q: as dear as the exchange, and not needed for safe primes
// (RFC 6989 2.1).
#include <openssl/bn.h>

#include <array>
#include <cstdlib>

#include "libs/crypto/dh_groups.h"
#include "libs/crypto/openssl.h"

namespace culvert::crypto {
namespace {

using base::ByteView;
using base::Secret;

using Montgomery = std::unique_ptr<BN_MONT_CTX, Freer<BN_MONT_CTX_free>>;

// A group's constants, computed once and read by every thread.
struct Group {
  uint16_t id;
  // Octets of private value: at least twice the strength of the group (RFC 3526 8, RFC 7919 appendix A), which a safe
  // prime allows; a full-width one would cost eight times as much.
  size_t private_size;
  Bignum prime;
  Bignum prime_minus_1;
  Montgomery montgomery;
};

Group MakeGroup(uint16_t id, size_t private_size, BIGNUM* (*prime_of)(BIGNUM*)) {
  Group group{id, private_size, Bignum(MustHave(prime_of(nullptr))), nullptr, Montgomery(MustHave(BN_MONT_CTX_new()))};
  group.prime_minus_1.reset(MustHave(BN_dup(group.prime.get())));
  Must(BN_sub_word(group.prime_minus_1.get(), 1));
  const BignumCtx context(MustHave(BN_CTX_new()));
  Must(BN_MONT_CTX_set(group.montgomery.get(), group.prime.get(), context.get()));
  return group;
}

const Group* FindGroup(uint16_t id) {
  static const std::array<Group, 8> kGroups = {
      MakeGroup(1, 24, BN_get_rfc2409_prime_768),   MakeGroup(2, 24, BN_get_rfc2409_prime_1024),
      MakeGroup(5, 24, BN_get_rfc3526_prime_1536),  MakeGroup(14, 32, BN_get_rfc3526_prime_2048),
      MakeGroup(15, 40, BN_get_rfc3526_prime_3072), MakeGroup(16, 48, BN_get_rfc3526_prime_4096),
      MakeGroup(17, 48, BN_get_rfc3526_prime_6144), MakeGroup(18, 56, BN_get_rfc3526_prime_8192),
  };
  for (const Group& group : kGroups) {
    if (group.id == id) return &group;
  }
  return nullptr;
}

Bignum ToBignum(ByteView bytes) {
  Bignum number(MustHave(BN_new()));
  MustHave(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()));
  return number;
}

// base ^ exponent mod p, padded to the width of p, in time that depends on sizes alone.
Secret Power(const Group& group, const BIGNUM* base, ByteView exponent) {
  const Bignum power(MustHave(BN_secure_new()));
  const Bignum e = ToBignum(exponent);
  BN_set_flags(e.get(), BN_FLG_CONSTTIME);
  const BignumCtx context(MustHave(BN_CTX_secure_new()));
  Must(BN_mod_exp_mont_consttime(power.get(), base, e.get(), group.prime.get(), context.get(), group.montgomery.get()));
  Secret padded(static_cast<size_t>(BN_num_bytes(group.prime.get())));
  Must(BN_bn2binpad(power.get(), padded.mutable_view().data(), static_cast<int>(padded.size())));
  return padded;
}

class Modp final : public KeyExchange {
 public:
  Modp(const Group& group, Secret private_value, base::Bytes public_value)
      : KeyExchange(std::move(public_value)), group_(group), private_(std::move(private_value)) {}

  absl::StatusOr<Secret> Derive(ByteView peer) const override {
    if (peer.size() != public_value().size()) {
      return absl::InvalidArgumentError("the public value has not the length of the modulus (RFC 7296 3.4)");
    }
    const Bignum y = ToBignum(peer);
    if (BN_cmp(y.get(), BN_value_one()) <= 0 || BN_cmp(y.get(), group_.prime_minus_1.get()) >= 0) {
      return absl::InvalidArgumentError("the public value is not in 1 < y < p-1 (RFC 6989 2.1)");
    }
    return Power(group_, y.get(), private_.view());
  }

 private:
  const Group& group_;
  Secret private_;
};

}  // namespace

std::unique_ptr<KeyExchange> GenerateModp(const ipsec::Algorithm& algorithm, base::Rng& rng) {
  const Group* group = FindGroup(algorithm.id);
  if (group == nullptr) return nullptr;
  Secret private_value(group->private_size);
  rng.Fill(private_value.mutable_view());
  private_value.mutable_view().front() |= 0x80;  // never small, whatever the source
  Bignum two(MustHave(BN_new()));
  Must(BN_set_word(two.get(), 2));
  base::Bytes public_value = base::ToBytes(Power(*group, two.get(), private_value.view()).view());
  return std::make_unique<Modp>(*group, std::move(private_value), std::move(public_value));
}

}  // namespace culvert::crypto
