// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

using EcdsaSig = std::unique_ptr<ECDSA_SIG, crypto::Freer<ECDSA_SIG_free>>;
using enum SignatureScheme;

absl::Status CheckFit(SignatureScheme scheme, KeyType key) {
  if (Fits(scheme, key)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(InfoOf(scheme).name, " with a key of type ", ToString(key)));
}

bool IsPss(SignatureScheme scheme) {
  return scheme == kRsaPssSha256 || scheme == kRsaPssSha384 || scheme == kRsaPssSha512;
}

// Octets of r, and of s, where a scheme wants them side by side (RFC 4754 7); 0: it wants DER.
int PlainHalf(SignatureScheme scheme) {
  switch (scheme) {
    case kEcdsaP256:
      return 32;
    case kEcdsaP384:
      return 48;
    case kEcdsaP521:
      return 66;
    default:
      return 0;
  }
}

// A padding of PSS with its mask hash and a salt as long as the hash. OpenSSL's default for RSA is PKCS#1 v1.5.
bool SetPadding(EVP_PKEY_CTX* context, SignatureScheme scheme) {
  if (!IsPss(scheme)) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, crypto::MessageDigest(*InfoOf(scheme).hash)) == 1;
}

const EVP_MD* DigestOf(SignatureScheme scheme) {
  const auto& hash = InfoOf(scheme).hash;
  return hash ? crypto::MessageDigest(*hash) : nullptr;
}

base::Bytes PlainFromDer(base::ByteView der, int half) {
  const auto signature = MustHave(ExactlyOne<EcdsaSig>(der, d2i_ECDSA_SIG).release());
  base::Bytes plain(2 * static_cast<size_t>(half));
  Must(BN_bn2binpad(ECDSA_SIG_get0_r(signature), plain.data(), half));
  Must(BN_bn2binpad(ECDSA_SIG_get0_s(signature), plain.data() + half, half));
  ECDSA_SIG_free(signature);
  return plain;
}

base::Bytes DerFromPlain(base::ByteView plain, int half) {
  const EcdsaSig signature(MustHave(ECDSA_SIG_new()));
  Must(ECDSA_SIG_set0(signature.get(), MustHave(BN_bin2bn(plain.data(), half, nullptr)),
                      MustHave(BN_bin2bn(plain.data() + half, half, nullptr))));
  return DerOf(signature.get(), i2d_ECDSA_SIG);
}

absl::Status Bad() {
  ERR_clear_error();
  return absl::UnauthenticatedError("the signature does not verify");
}

}  // namespace

absl::StatusOr<base::Bytes> Sign(const PrivateKey& key, SignatureScheme scheme, base::ByteView data) {
  RETURN_IF_ERROR(CheckFit(scheme, key.type()));
  if (!InfoOf(scheme).may_sign) return absl::InvalidArgumentError("SHA-1 signs nothing any more");
  const crypto::MdCtx context(MustHave(EVP_MD_CTX_new()));
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  size_t size = 0;
  const bool ready = EVP_DigestSignInit(context.get(), &key_context, DigestOf(scheme), nullptr, key.get()) == 1 &&
                     SetPadding(key_context, scheme) &&
                     EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) == 1;
  base::Bytes signature(size);
  // An RSA key may be too short for the hash and the salt.
  if (!ready || EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(absl::StrCat("the key cannot sign by ", InfoOf(scheme).name));
  }
  signature.resize(size);
  const int half = PlainHalf(scheme);
  return half == 0 ? signature : PlainFromDer(signature, half);
}

absl::Status Verify(const PublicKey& key, SignatureScheme scheme, base::ByteView data, base::ByteView signature) {
  RETURN_IF_ERROR(CheckFit(scheme, key.type()));
  base::Bytes der;
  if (const int half = PlainHalf(scheme); half != 0) {
    if (signature.size() != 2 * static_cast<size_t>(half)) return Bad();
    der = DerFromPlain(signature, half);
    signature = der;
  }
  const crypto::MdCtx context(MustHave(EVP_MD_CTX_new()));
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  const bool ready = EVP_DigestVerifyInit(context.get(), &key_context, DigestOf(scheme), nullptr, key.get()) == 1 &&
                     SetPadding(key_context, scheme);
  // 0 is a mismatch, negative an error; 1 alone is a signature.
  if (!ready || EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) != 1) {
    return Bad();
  }
  return absl::OkStatus();
}

}  // namespace culvert::pki
