// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ike_crypto.h"

#include <cstdlib>

#include "libs/base/status_macros.h"

namespace culvert::iked {
namespace {

absl::StatusOr<std::unique_ptr<IkeCrypto>> Build(const ipsec::Suite& suite, crypto::Prf prf, crypto::IkeKeys& keys,
                                                 bool initiator) {
  ASSIGN_OR_RETURN(crypto::Cipher from_i, crypto::Cipher::Create(suite, std::move(keys.ei), std::move(keys.ai)));
  ASSIGN_OR_RETURN(crypto::Cipher from_r, crypto::Cipher::Create(suite, std::move(keys.er), std::move(keys.ar)));
  crypto::Cipher& out = initiator ? from_i : from_r;
  crypto::Cipher& in = initiator ? from_r : from_i;
  return std::make_unique<IkeCrypto>(IkeCrypto{suite, prf, std::move(keys.d), std::move(out), std::move(in)});
}

}  // namespace

absl::Status DeriveFirstKeys(IkeSa& sa, base::ByteView g_ir) {
  Handshake& handshake = *sa.handshake;
  const base::ByteView ni = sa.initiator ? handshake.own_nonce : handshake.peer_nonce;
  const base::ByteView nr = sa.initiator ? handshake.peer_nonce : handshake.own_nonce;
  ASSIGN_OR_RETURN(const crypto::Prf prf, crypto::Prf::Create(*handshake.suite.prf));
  const base::Secret seed = crypto::SkeySeed(prf, ni, nr, g_ir);
  ASSIGN_OR_RETURN(crypto::IkeKeys keys,
                   crypto::DeriveIkeKeys(handshake.suite, seed.view(), ni, nr, sa.spi_i(), sa.spi_r()));
  ASSIGN_OR_RETURN(sa.crypto, Build(handshake.suite, prf, keys, sa.initiator));
  handshake.sk_p_own = std::move(sa.initiator ? keys.pi : keys.pr);
  handshake.sk_p_peer = std::move(sa.initiator ? keys.pr : keys.pi);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<IkeCrypto>> DeriveNextKeys(const IkeCrypto& old, const IkeNegotiation& negotiation,
                                                          bool initiator, base::ByteView g_ir) {
  const base::ByteView ni = initiator ? negotiation.own_nonce : negotiation.peer_nonce;
  const base::ByteView nr = initiator ? negotiation.peer_nonce : negotiation.own_nonce;
  const uint64_t spi_i = initiator ? negotiation.local_spi : negotiation.remote_spi;
  const uint64_t spi_r = initiator ? negotiation.remote_spi : negotiation.local_spi;
  // SKEYSEED with the old SA's PRF, the rest with the new one's (RFC 7296 2.18).
  const base::Secret seed = crypto::RekeySkeySeed(old.prf, old.sk_d.view(), g_ir, ni, nr);
  ASSIGN_OR_RETURN(const crypto::Prf prf, crypto::Prf::Create(*negotiation.suite.prf));
  ASSIGN_OR_RETURN(crypto::IkeKeys keys, crypto::DeriveIkeKeys(negotiation.suite, seed.view(), ni, nr, spi_i, spi_r));
  return Build(negotiation.suite, prf, keys, initiator);
}

crypto::ChildKeys DeriveChildKeys(const IkeSa& sa, const ChildNegotiation& negotiation, bool initiator,
                                  base::ByteView g_ir) {
  const base::Bytes& ni = initiator ? negotiation.own_nonce : negotiation.peer_nonce;
  const base::Bytes& nr = initiator ? negotiation.peer_nonce : negotiation.own_nonce;
  absl::StatusOr<crypto::ChildKeys> keys =
      crypto::DeriveChildKeys(negotiation.suite, sa.crypto->prf, sa.crypto->sk_d.view(), g_ir, ni, nr);
  if (!keys.ok()) std::abort();  // prf+ gives 255 blocks, and no suite of the table needs five
  return *std::move(keys);
}

}  // namespace culvert::iked
