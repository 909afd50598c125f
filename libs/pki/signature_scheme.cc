// SPDX-License-Identifier: Apache-2.0
#include "libs/pki/signature_scheme.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/pki/openssl.h"

namespace culvert::pki {
namespace {

using crypto::Hash;
using enum SignatureScheme;

// RFC 7427 appendix A. What we send; what we accept is parsed.
constexpr uint8_t kPkcs1Sha256[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                    0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00};
constexpr uint8_t kPkcs1Sha384[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                    0xF7, 0x0D, 0x01, 0x01, 0x0C, 0x05, 0x00};
constexpr uint8_t kPkcs1Sha512[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                    0xF7, 0x0D, 0x01, 0x01, 0x0D, 0x05, 0x00};
constexpr uint8_t kEcdsaWithSha256[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
constexpr uint8_t kEcdsaWithSha384[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03};
constexpr uint8_t kEcdsaWithSha512[] = {0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x04};
constexpr uint8_t kEd25519Identifier[] = {0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70};  // RFC 8410 3

// SEQUENCE { rsassaPss, SEQUENCE { [0] hash, [1] mgf1 with that hash, [2] salt length } }; RFC 7427 A.4.3. `hash` is
// the last arc of 2.16.840.1.101.3.4.2.
constexpr std::array<uint8_t, 67> PssIdentifier(uint8_t hash, uint8_t salt) {
  return {0x30, 0x41, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A, 0x30, 0x34, 0xA0, 0x0F,
          0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xA1, 0x1C,
          0x30, 0x1A, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08, 0x30, 0x0D, 0x06, 0x09,
          0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xA2, 0x03, 0x02, 0x01, salt};
}
constexpr auto kPssSha256 = PssIdentifier(1, 32);
constexpr auto kPssSha384 = PssIdentifier(2, 48);
constexpr auto kPssSha512 = PssIdentifier(3, 64);

// clang-format off
constexpr SchemeInfo kSchemes[] = {
    // scheme, name, auth method, hash number, hash, may sign, AlgorithmIdentifier
    {kRsaPkcs1Sha1, "rsa-sha1", kAuthRsaSignature, kHashSha1, Hash::kSha1, false, {}},
    {kRsaPkcs1Sha256, "rsa-sha256", kAuthDigitalSignature, kHashSha256, Hash::kSha256, true, kPkcs1Sha256},
    {kRsaPkcs1Sha384, "rsa-sha384", kAuthDigitalSignature, kHashSha384, Hash::kSha384, true, kPkcs1Sha384},
    {kRsaPkcs1Sha512, "rsa-sha512", kAuthDigitalSignature, kHashSha512, Hash::kSha512, true, kPkcs1Sha512},
    {kRsaPssSha256, "rsa-pss-sha256", kAuthDigitalSignature, kHashSha256, Hash::kSha256, true, kPssSha256},
    {kRsaPssSha384, "rsa-pss-sha384", kAuthDigitalSignature, kHashSha384, Hash::kSha384, true, kPssSha384},
    {kRsaPssSha512, "rsa-pss-sha512", kAuthDigitalSignature, kHashSha512, Hash::kSha512, true, kPssSha512},
    {kEcdsaSha256, "ecdsa-sha256", kAuthDigitalSignature, kHashSha256, Hash::kSha256, true, kEcdsaWithSha256},
    {kEcdsaSha384, "ecdsa-sha384", kAuthDigitalSignature, kHashSha384, Hash::kSha384, true, kEcdsaWithSha384},
    {kEcdsaSha512, "ecdsa-sha512", kAuthDigitalSignature, kHashSha512, Hash::kSha512, true, kEcdsaWithSha512},
    {kEcdsaP256, "ecdsa-p256-sha256", kAuthEcdsaP256, kHashSha256, Hash::kSha256, true, {}},
    {kEcdsaP384, "ecdsa-p384-sha384", kAuthEcdsaP384, kHashSha384, Hash::kSha384, true, {}},
    {kEcdsaP521, "ecdsa-p521-sha512", kAuthEcdsaP521, kHashSha512, Hash::kSha512, true, {}},
    {kEd25519, "ed25519", kAuthDigitalSignature, kHashIdentity, std::nullopt, true, kEd25519Identifier},
};
// clang-format on

// Which schemes a key signs by, the one we would rather have first. RSA: PSS is the one that RFC 8247 3.2 demands.
// ECDSA: the hash as strong as the curve.
struct Preference {
  KeyType key;
  SignatureScheme scheme;
};
constexpr Preference kPreferences[] = {
    {KeyType::kRsa, kRsaPssSha256},   {KeyType::kRsa, kRsaPssSha384},   {KeyType::kRsa, kRsaPssSha512},
    {KeyType::kRsa, kRsaPkcs1Sha256}, {KeyType::kRsa, kRsaPkcs1Sha384}, {KeyType::kRsa, kRsaPkcs1Sha512},
    {KeyType::kEcP256, kEcdsaSha256}, {KeyType::kEcP256, kEcdsaSha384}, {KeyType::kEcP256, kEcdsaSha512},
    {KeyType::kEcP384, kEcdsaSha384}, {KeyType::kEcP384, kEcdsaSha512}, {KeyType::kEcP384, kEcdsaSha256},
    {KeyType::kEcP521, kEcdsaSha512}, {KeyType::kEcP521, kEcdsaSha384}, {KeyType::kEcP521, kEcdsaSha256},
    {KeyType::kEd25519, kEd25519},
};

struct NamedScheme {
  int nid;
  SignatureScheme scheme;
};
constexpr NamedScheme kByOid[] = {
    {NID_sha256WithRSAEncryption, kRsaPkcs1Sha256},
    {NID_sha384WithRSAEncryption, kRsaPkcs1Sha384},
    {NID_sha512WithRSAEncryption, kRsaPkcs1Sha512},
    {NID_ecdsa_with_SHA256, kEcdsaSha256},
    {NID_ecdsa_with_SHA384, kEcdsaSha384},
    {NID_ecdsa_with_SHA512, kEcdsaSha512},
    {NID_ED25519, kEd25519},
};
constexpr NamedScheme kPssByHash[] = {
    {NID_sha256, kRsaPssSha256}, {NID_sha384, kRsaPssSha384}, {NID_sha512, kRsaPssSha512}};

std::optional<SignatureScheme> Find(std::span<const NamedScheme> table, int nid) {
  for (const NamedScheme& row : table) {
    if (row.nid == nid) return row.scheme;
  }
  return std::nullopt;
}

int NidOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

// V_ASN1_UNDEF: left out.
int ParameterType(const X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(nullptr, &type, nullptr, algorithm);
  return type;
}

std::string NameOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  std::array<char, 80> name{};
  OBJ_obj2txt(name.data(), name.size(), object, 0);
  return name.data();
}

absl::StatusOr<SignatureScheme> PssSchemeOf(const X509_ALGOR* algorithm) {
  using PssParameters = std::unique_ptr<RSA_PSS_PARAMS, crypto::Freer<RSA_PSS_PARAMS_free>>;
  const ASN1_TYPE* parameter = algorithm->parameter;
  if (parameter == nullptr || parameter->type != V_ASN1_SEQUENCE) {
    return absl::UnimplementedError("RSASSA-PSS without parameters, which means SHA-1 (RFC 8247 3.2.1)");
  }
  const ASN1_STRING* sequence = parameter->value.sequence;
  const auto pss = ExactlyOne<PssParameters>(
      {ASN1_STRING_get0_data(sequence), static_cast<size_t>(ASN1_STRING_length(sequence))}, d2i_RSA_PSS_PARAMS);
  if (pss == nullptr) return absl::InvalidArgumentError("RSASSA-PSS parameters that cannot be read");
  if (pss->hashAlgorithm == nullptr || pss->maskGenAlgorithm == nullptr || pss->saltLength == nullptr) {
    return absl::UnimplementedError("RSASSA-PSS with SHA-1, the default of its parameters");
  }
  const std::optional<SignatureScheme> scheme = Find(kPssByHash, NidOf(pss->hashAlgorithm));
  if (!scheme) return absl::UnimplementedError(absl::StrCat("RSASSA-PSS with ", NameOf(pss->hashAlgorithm)));

  const ASN1_TYPE* mask = pss->maskGenAlgorithm->parameter;
  AlgorithmPtr mask_hash;
  if (NidOf(pss->maskGenAlgorithm) == NID_mgf1 && mask != nullptr && mask->type == V_ASN1_SEQUENCE) {
    const ASN1_STRING* text = mask->value.sequence;
    mask_hash = ExactlyOne<AlgorithmPtr>({ASN1_STRING_get0_data(text), static_cast<size_t>(ASN1_STRING_length(text))},
                                         d2i_X509_ALGOR);
  }
  const bool same_hash = mask_hash != nullptr && NidOf(mask_hash.get()) == NidOf(pss->hashAlgorithm);
  const auto salt = static_cast<long>(crypto::DigestSize(*InfoOf(*scheme).hash));
  const bool trailer = pss->trailerField == nullptr || ASN1_INTEGER_get(pss->trailerField) == 1;
  if (!same_hash || ASN1_INTEGER_get(pss->saltLength) != salt || !trailer) {
    return absl::UnimplementedError("RSASSA-PSS whose mask, salt or trailer differs from what its hash suggests");
  }
  return *scheme;
}

}  // namespace

const SchemeInfo& InfoOf(SignatureScheme scheme) {
  return kSchemes[static_cast<size_t>(scheme)];
}

bool Fits(SignatureScheme scheme, KeyType key) {
  switch (scheme) {
    case kRsaPkcs1Sha1:
    case kRsaPkcs1Sha256:
    case kRsaPkcs1Sha384:
    case kRsaPkcs1Sha512:
    case kRsaPssSha256:
    case kRsaPssSha384:
    case kRsaPssSha512:
      return key == KeyType::kRsa;
    case kEcdsaSha256:
    case kEcdsaSha384:
    case kEcdsaSha512:
      return key == KeyType::kEcP256 || key == KeyType::kEcP384 || key == KeyType::kEcP521;
    case kEcdsaP256:
      return key == KeyType::kEcP256;
    case kEcdsaP384:
      return key == KeyType::kEcP384;
    case kEcdsaP521:
      return key == KeyType::kEcP521;
    case kEd25519:
      return key == KeyType::kEd25519;
  }
  return false;
}

absl::StatusOr<SignatureScheme> SchemeOf(base::ByteView algorithm_identifier) {
  const auto algorithm = ExactlyOne<AlgorithmPtr>(algorithm_identifier, d2i_X509_ALGOR);
  ERR_clear_error();
  if (algorithm == nullptr) return absl::InvalidArgumentError("not an AlgorithmIdentifier");
  const int nid = NidOf(algorithm.get());
  if (nid == NID_rsassaPss) {
    absl::StatusOr<SignatureScheme> scheme = PssSchemeOf(algorithm.get());
    ERR_clear_error();
    return scheme;
  }
  const std::optional<SignatureScheme> scheme = Find(kByOid, nid);
  if (!scheme) return absl::UnimplementedError(NameOf(algorithm.get()));
  // RFC 4055 5: NULL, and what leaves it out is to be accepted; RFC 5758 3.2, RFC 8410 3: left out.
  const int parameter = ParameterType(algorithm.get());
  const bool rsa = Fits(*scheme, KeyType::kRsa);
  if (parameter != V_ASN1_UNDEF && !(rsa && parameter == V_ASN1_NULL)) {
    return absl::InvalidArgumentError(absl::StrCat(NameOf(algorithm.get()), " with parameters that it has not"));
  }
  return *scheme;
}

std::optional<SignatureScheme> ChooseScheme(KeyType key, std::span<const uint16_t> peer_hashes) {
  for (const auto& [of, scheme] : kPreferences) {
    const uint16_t wanted = InfoOf(scheme).hash_number;
    if (of == key && std::find(peer_hashes.begin(), peer_hashes.end(), wanted) != peer_hashes.end()) return scheme;
  }
  return std::nullopt;
}

std::optional<SignatureScheme> LegacyScheme(KeyType key) {
  for (const SchemeInfo& info : kSchemes) {
    const bool legacy = info.auth_method != kAuthDigitalSignature;
    if (legacy && info.may_sign && Fits(info.scheme, key)) return info.scheme;
  }
  return std::nullopt;
}

std::optional<SignatureScheme> SchemeOfAuthMethod(uint8_t auth_method, KeyType key) {
  for (const SchemeInfo& info : kSchemes) {
    const bool meant = info.auth_method == auth_method && auth_method != kAuthDigitalSignature;
    if (meant && Fits(info.scheme, key)) return info.scheme;
  }
  return std::nullopt;
}

}  // namespace culvert::pki
