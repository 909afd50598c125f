// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/ikev1_keys.h"

#include <algorithm>
#include <array>

#include "libs/base/status_macros.h"

namespace culvert::crypto {
namespace {

using base::Bytes;
using base::ByteView;
using base::Secret;

template <typename Integer>
std::array<uint8_t, sizeof(Integer)> BigEndian(Integer value) {
  std::array<uint8_t, sizeof(Integer)> bytes;
  for (size_t i = sizeof(Integer); i-- > 0; value = static_cast<Integer>(value >> 4 >> 4)) {
    bytes[i] = static_cast<uint8_t>(value);
  }
  return bytes;
}

Bytes Join(ByteView first, ByteView second) {
  Bytes joined = base::ToBytes(first);
  joined.insert(joined.end(), second.begin(), second.end());
  return joined;
}

// A HASH payload's octets, which are no secret.
Bytes Sent(const Secret& mac) {
  return base::ToBytes(mac.view());
}

Bytes Shortened(Bytes bytes, size_t size) {
  bytes.resize(std::min(bytes.size(), size));
  return bytes;
}

// Ka = K1 | K2 | …, K1 = prf(SKEYID_e, 0), Kn = prf(SKEYID_e, Kn-1): where SKEYID_e is too short (appendix B).
Secret CipherKey(const Prf& prf, const Secret& skeyid_e, size_t size) {
  if (size <= skeyid_e.size()) return skeyid_e.Slice(0, size);
  constexpr uint8_t kZero[] = {0};
  Secret key(size);
  Secret block = prf.Compute(skeyid_e.view(), {kZero});
  for (size_t done = 0; done < size; done += block.size()) {
    if (done > 0) block = prf.Compute(skeyid_e.view(), {block.view()});
    std::copy_n(block.view().begin(), std::min(block.size(), size - done), key.mutable_view().begin() + done);
  }
  return key;
}

// One direction's KEYMAT (5.5).
Secret Keymat(const Prf& prf, ByteView skeyid_d, ByteView g_xy, uint32_t spi, ByteView ni, ByteView nr, size_t size) {
  constexpr uint8_t kProtocol[] = {static_cast<uint8_t>(ipsec::Protocol::kEsp)};
  const auto spi_octets = BigEndian(spi);
  Secret keymat(size);
  Secret block;  // K0 is empty
  for (size_t done = 0; done < size; done += block.size()) {
    block = prf.Compute(skeyid_d, {block.view(), g_xy, kProtocol, spi_octets, ni, nr});
    std::copy_n(block.view().begin(), std::min(block.size(), size - done), keymat.mutable_view().begin() + done);
  }
  return keymat;
}

}  // namespace

Secret PreSharedSkeyid(const Prf& prf, ByteView psk, ByteView ni, ByteView nr) {
  return prf.Compute(psk, {ni, nr});
}

Secret SignatureSkeyid(const Prf& prf, ByteView ni, ByteView nr, ByteView g_xy) {
  return prf.Compute(Join(ni, nr), {g_xy});
}

absl::StatusOr<Ikev1Keys> DeriveIkev1Keys(const ipsec::Suite& suite, Secret skeyid, ByteView g_xy, uint64_t cookie_i,
                                          uint64_t cookie_r) {
  if (suite.encr == nullptr || suite.encr->aead || suite.prf == nullptr) {
    return absl::InvalidArgumentError("not a suite of an ISAKMP SA");
  }
  ASSIGN_OR_RETURN(const Prf prf, Prf::Create(*suite.prf));
  const auto i = BigEndian(cookie_i);
  const auto r = BigEndian(cookie_r);
  constexpr uint8_t kD[] = {0}, kA[] = {1}, kE[] = {2};
  Ikev1Keys keys;
  keys.d = prf.Compute(skeyid.view(), {g_xy, i, r, kD});
  keys.a = prf.Compute(skeyid.view(), {keys.d.view(), g_xy, i, r, kA});
  keys.e = prf.Compute(skeyid.view(), {keys.a.view(), g_xy, i, r, kE});
  keys.cipher = CipherKey(prf, keys.e, suite.encr->key_bytes);
  keys.skeyid = std::move(skeyid);
  return keys;
}

Bytes HashI(const Prf& prf, ByteView skeyid, const Ikev1Exchange& x, ByteView id_body) {
  return Sent(prf.Compute(skeyid, {x.g_xi, x.g_xr, BigEndian(x.cookie_i), BigEndian(x.cookie_r), x.sa_body, id_body}));
}

Bytes HashR(const Prf& prf, ByteView skeyid, const Ikev1Exchange& x, ByteView id_body) {
  return Sent(prf.Compute(skeyid, {x.g_xr, x.g_xi, BigEndian(x.cookie_r), BigEndian(x.cookie_i), x.sa_body, id_body}));
}

Bytes Hash1(const Prf& prf, ByteView skeyid_a, uint32_t message_id, ByteView after_hash) {
  return Sent(prf.Compute(skeyid_a, {BigEndian(message_id), after_hash}));
}

Bytes Hash2(const Prf& prf, ByteView skeyid_a, uint32_t message_id, ByteView ni, ByteView after_hash) {
  return Sent(prf.Compute(skeyid_a, {BigEndian(message_id), ni, after_hash}));
}

Bytes Hash3(const Prf& prf, ByteView skeyid_a, uint32_t message_id, ByteView ni, ByteView nr) {
  constexpr uint8_t kZero[] = {0};
  return Sent(prf.Compute(skeyid_a, {kZero, BigEndian(message_id), ni, nr}));
}

absl::StatusOr<ChildKeys> DeriveIkev1ChildKeys(const ipsec::Suite& esp, const Prf& prf, ByteView skeyid_d,
                                               ByteView g_xy, uint32_t spi_i, uint32_t spi_r, ByteView ni,
                                               ByteView nr) {
  if (esp.encr == nullptr) return absl::InvalidArgumentError("not a suite of a CHILD SA");
  const size_t encr = esp.encr->keymat_bytes();
  const size_t integ = esp.integ == nullptr ? 0 : esp.integ->key_bytes;
  const Secret to_r = Keymat(prf, skeyid_d, g_xy, spi_r, ni, nr, encr + integ);
  const Secret to_i = Keymat(prf, skeyid_d, g_xy, spi_i, ni, nr, encr + integ);
  ChildKeys keys;  // encryption before authentication (RFC 2407 4.5)
  keys.encr_i = to_r.Slice(0, encr);
  keys.integ_i = to_r.Slice(encr, integ);
  keys.encr_r = to_i.Slice(0, encr);
  keys.integ_r = to_i.Slice(encr, integ);
  return keys;
}

Bytes Phase1Iv(Hash hash, ByteView g_xi, ByteView g_xr, const ipsec::Algorithm& encr) {
  return Shortened(Digest(hash, {g_xi, g_xr}), encr.iv_bytes);
}

Bytes ExchangeIv(Hash hash, ByteView phase1_last_block, uint32_t message_id, const ipsec::Algorithm& encr) {
  return Shortened(Digest(hash, {phase1_last_block, BigEndian(message_id)}), encr.iv_bytes);
}

}  // namespace culvert::crypto
