// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/ikev1_signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

// Ready for PKCS#1 v1.5 without a hash named, in which OpenSSL pads what it is given as it is.
absl::StatusOr<crypto::PkeyCtx> Context(const PublicKey& key, int (*init)(EVP_PKEY_CTX*)) {
  if (key.type() != KeyType::kRsa) {
    return absl::InvalidArgumentError(
        absl::StrCat("IKEv1 signs by RSA, not with a key of type ", ToString(key.type())));
  }
  crypto::PkeyCtx context(MustHave(EVP_PKEY_CTX_new(key.get(), nullptr)));
  Must(init(context.get()));
  Must(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING));
  return context;
}

}  // namespace

absl::StatusOr<base::Bytes> SignIkev1(const PrivateKey& key, base::ByteView hash) {
  ASSIGN_OR_RETURN(const crypto::PkeyCtx context, Context(key.public_key(), EVP_PKEY_sign_init));
  size_t size = 0;
  Must(EVP_PKEY_sign(context.get(), nullptr, &size, hash.data(), hash.size()));
  base::Bytes signature(size);
  // The shortest key that we take (1024 bits) has room for the longest hash.
  Must(EVP_PKEY_sign(context.get(), signature.data(), &size, hash.data(), hash.size()));
  signature.resize(size);
  return signature;
}

absl::Status VerifyIkev1(const PublicKey& key, base::ByteView hash, base::ByteView signature) {
  ASSIGN_OR_RETURN(const crypto::PkeyCtx context, Context(key, EVP_PKEY_verify_init));
  // 0 is a mismatch, negative an error; 1 alone is a signature.
  if (EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hash.data(), hash.size()) != 1) {
    ERR_clear_error();
    return absl::UnauthenticatedError("the signature does not verify");
  }
  return absl::OkStatus();
}

}  // namespace culvert::pki
