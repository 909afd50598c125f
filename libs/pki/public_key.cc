// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

std::string TextParam(EVP_PKEY* key, const char* name) {
  std::array<char, 64> text{};
  size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, name, text.data(), text.size(), &size) != 1) return "";
  return {text.data(), size};
}

// Odd, and at least `least`.
bool IsOddAtLeast(EVP_PKEY* key, const char* name, BN_ULONG least) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return false;
  const crypto::Bignum number(raw);
  const crypto::Bignum bound(MustHave(BN_new()));
  Must(BN_set_word(bound.get(), least));
  return BN_is_odd(number.get()) == 1 && BN_cmp(number.get(), bound.get()) >= 0;
}

absl::Status CheckRsa(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kLeastRsaBits || bits > kMostRsaBits) {
    return absl::UnimplementedError(absl::StrCat("an RSA key of ", bits, " bits"));
  }
  if (!IsOddAtLeast(key, OSSL_PKEY_PARAM_RSA_N, 3) || !IsOddAtLeast(key, OSSL_PKEY_PARAM_RSA_E, 3)) {
    return absl::UnimplementedError("an RSA key whose modulus or exponent is no good");
  }
  return absl::OkStatus();
}

// Curves that the key spells out could be ones made to be broken; only a name is taken.
std::optional<KeyType> CurveOf(EVP_PKEY* key) {
  if (TextParam(key, OSSL_PKEY_PARAM_EC_ENCODING) != OSSL_PKEY_EC_ENCODING_GROUP) return std::nullopt;
  const std::string group = TextParam(key, OSSL_PKEY_PARAM_GROUP_NAME);
  if (group == "prime256v1") return KeyType::kEcP256;
  if (group == "secp384r1") return KeyType::kEcP384;
  if (group == "secp521r1") return KeyType::kEcP521;
  return std::nullopt;
}

}  // namespace

absl::string_view ToString(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return "RSA";
    case KeyType::kEcP256:
      return "ECDSA P-256";
    case KeyType::kEcP384:
      return "ECDSA P-384";
    case KeyType::kEcP521:
      return "ECDSA P-521";
    case KeyType::kEd25519:
      return "Ed25519";
  }
  return "?";
}

absl::StatusOr<PublicKey> PublicKey::FromSpki(base::ByteView der) {
  const auto key = ExactlyOne<Pkey>(der, d2i_PUBKEY);
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError("not a SubjectPublicKeyInfo");
  return Of(key.get());
}

absl::StatusOr<PublicKey> PublicKey::Of(EVP_PKEY* key) {
  const auto shared = [key](KeyType type) {
    Must(EVP_PKEY_up_ref(key));
    return PublicKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free), type);
  };
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      if (absl::Status status = CheckRsa(key); !status.ok()) return status;
      return shared(KeyType::kRsa);
    case EVP_PKEY_EC:
      if (const std::optional<KeyType> curve = CurveOf(key)) return shared(*curve);
      return absl::UnimplementedError("an ECDSA key on another curve than P-256, P-384 or P-521 by name");
    case EVP_PKEY_ED25519:
      return shared(KeyType::kEd25519);
    default:
      return absl::UnimplementedError("a key that is neither RSA nor ECDSA nor Ed25519");
  }
}

int PublicKey::bits() const {
  return EVP_PKEY_get_bits(key_.get());
}

base::Bytes PublicKey::Spki() const {
  return DerOf<EVP_PKEY>(key_.get(), i2d_PUBKEY);
}

bool PublicKey::operator==(const PublicKey& other) const {
  return EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
}

}  // namespace culvert::pki
