// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/private_key.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include "libs/base/status_macros.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, crypto::Freer<PKCS8_PRIV_KEY_INFO_free>>;

}  // namespace

absl::StatusOr<std::shared_ptr<const PrivateKey>> PrivateKey::FromPkcs8(base::ByteView der) {
  const auto pkcs8 = ExactlyOne<Pkcs8>(der, d2i_PKCS8_PRIV_KEY_INFO);
  const Pkey key(pkcs8 == nullptr ? nullptr : EVP_PKCS82PKEY(pkcs8.get()));
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError("not a PKCS#8 private key");
  ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::Of(key.get()));
  return std::shared_ptr<const PrivateKey>(new PrivateKey(std::move(public_key)));
}

}  // namespace culvert::pki
