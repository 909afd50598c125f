// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/ike_keys.h"

#include "libs/base/status_macros.h"

namespace culvert::crypto {
namespace {

using base::Bytes;
using base::ByteView;
using base::Secret;

Bytes Join(std::initializer_list<ByteView> parts) {
  Bytes joined;
  for (const ByteView part : parts) joined.insert(joined.end(), part.begin(), part.end());
  return joined;
}

Bytes SpiBytes(uint64_t spi) {
  Bytes bytes(8);
  for (size_t i = 8; i-- > 0; spi >>= 8) bytes[i] = static_cast<uint8_t>(spi);
  return bytes;
}

// Hands out consecutive pieces of key material.
class Cutter {
 public:
  explicit Cutter(const Secret& keymat) : keymat_(keymat) {}
  Secret Next(size_t size) {
    Secret piece = keymat_.Slice(at_, size);
    at_ += size;
    return piece;
  }

 private:
  const Secret& keymat_;
  size_t at_ = 0;
};

size_t IntegrityKeySize(const ipsec::Suite& suite) {
  return suite.integ == nullptr ? 0 : suite.integ->key_bytes;
}

}  // namespace

Secret SkeySeed(const Prf& prf, ByteView ni, ByteView nr, ByteView g_ir) {
  return prf.Compute(Join({ni, nr}), {g_ir});
}

Secret RekeySkeySeed(const Prf& old_prf, ByteView old_sk_d, ByteView g_ir, ByteView ni, ByteView nr) {
  return old_prf.Compute(old_sk_d, {g_ir, ni, nr});
}

absl::StatusOr<IkeKeys> DeriveIkeKeys(const ipsec::Suite& suite, ByteView skeyseed, ByteView ni, ByteView nr,
                                      uint64_t spi_i, uint64_t spi_r) {
  if (suite.encr == nullptr || suite.prf == nullptr) return absl::InvalidArgumentError("not a suite of an IKE SA");
  ASSIGN_OR_RETURN(const Prf prf, Prf::Create(*suite.prf));
  const size_t integ = IntegrityKeySize(suite);
  const size_t encr = suite.encr->keymat_bytes();
  const Bytes seed = Join({ni, nr, SpiBytes(spi_i), SpiBytes(spi_r)});
  ASSIGN_OR_RETURN(const Secret keymat, prf.Plus(skeyseed, seed, 3 * prf.size() + 2 * integ + 2 * encr));
  Cutter cut(keymat);
  IkeKeys keys;
  keys.d = cut.Next(prf.size());
  keys.ai = cut.Next(integ);
  keys.ar = cut.Next(integ);
  keys.ei = cut.Next(encr);
  keys.er = cut.Next(encr);
  keys.pi = cut.Next(prf.size());
  keys.pr = cut.Next(prf.size());
  return keys;
}

absl::StatusOr<ChildKeys> DeriveChildKeys(const ipsec::Suite& esp, const Prf& prf, ByteView sk_d, ByteView g_ir,
                                          ByteView ni, ByteView nr) {
  if (esp.encr == nullptr) return absl::InvalidArgumentError("not a suite of a CHILD SA");
  const size_t integ = IntegrityKeySize(esp);
  const size_t encr = esp.encr->keymat_bytes();
  Secret seed(g_ir.size() + ni.size() + nr.size());  // holds the shared secret, so it must be wiped
  auto at = std::copy(g_ir.begin(), g_ir.end(), seed.mutable_view().begin());
  at = std::copy(ni.begin(), ni.end(), at);
  std::copy(nr.begin(), nr.end(), at);
  ASSIGN_OR_RETURN(const Secret keymat, prf.Plus(sk_d, seed.view(), 2 * (encr + integ)));
  Cutter cut(keymat);  // all keys of the initiator's direction first; encryption before integrity (2.17)
  ChildKeys keys;
  keys.encr_i = cut.Next(encr);
  keys.integ_i = cut.Next(integ);
  keys.encr_r = cut.Next(encr);
  keys.integ_r = cut.Next(integ);
  return keys;
}

Secret MixPpk(const Prf& prf, ByteView ppk, ByteView key) {
  return *prf.Plus(ppk, key, prf.size());  // one block: never too long
}

Bytes SignedOctets(const Prf& prf, ByteView message, ByteView peer_nonce, ByteView sk_p, ByteView id_body) {
  return Join({message, peer_nonce, prf.Compute(sk_p, {id_body}).view()});
}

Secret SharedKeyAuth(const Prf& prf, ByteView shared_secret, ByteView signed_octets) {
  constexpr absl::string_view kKeyPad = "Key Pad for IKEv2";  // 17 octets, no terminator
  const Secret key = prf.Compute(shared_secret, {base::AsBytes(kKeyPad)});
  return prf.Compute(key.view(), {signed_octets});
}

}  // namespace culvert::crypto
