// SPDX-License-Identifier: Apache-2.0
#include "libs/crypto/cipher.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/openssl.h"

namespace culvert::crypto {
namespace {

using base::ByteView;
using base::MutableByteView;
using ipsec::Algorithm;

constexpr size_t kAeadNonce = 12;  // salt (4) | IV (8), RFC 4106 4, RFC 7634 2

// The largest ciphertext we take: OpenSSL counts in int.
constexpr size_t kMaxText = 1 << 24;

const EVP_CIPHER* Fetch(const char* name) {
  return MustHave(EVP_CIPHER_fetch(nullptr, name, nullptr));
}

// Null for what is not an encryption algorithm of the table.
const EVP_CIPHER* Fetched(const Algorithm& encr) {
  static const EVP_CIPHER* const kDes3 = Fetch("DES-EDE3-CBC");
  static const EVP_CIPHER* const kAesCbc[] = {Fetch("AES-128-CBC"), Fetch("AES-192-CBC"), Fetch("AES-256-CBC")};
  static const EVP_CIPHER* const kAesGcm[] = {Fetch("AES-128-GCM"), Fetch("AES-192-GCM"), Fetch("AES-256-GCM")};
  static const EVP_CIPHER* const kChaCha = Fetch("ChaCha20-Poly1305");
  if (encr.kind != ipsec::TransformKind::kEncr) return nullptr;
  const size_t aes = (encr.key_bits - 128u) / 64;
  switch (encr.id) {
    case 2:
    case 3:
      return kDes3;
    case 12:
      return kAesCbc[aes];
    case 20:
      return kAesGcm[aes];
    case 28:
      return kChaCha;
  }
  return nullptr;
}

constexpr int kDecrypt = 0;
constexpr int kEncrypt = 1;

void RunCbc(const Algorithm& encr, ByteView key, ByteView iv, MutableByteView text, int direction) {
  // Single DES is 3DES with one key three times; OpenSSL has it only in its legacy provider otherwise.
  std::array<uint8_t, 24> tripled;
  if (encr.id == 2) {
    for (size_t i = 0; i < 3; ++i) std::copy(key.begin(), key.end(), tripled.begin() + i * 8);
    key = tripled;
  }
  const CipherCtx context(EVP_CIPHER_CTX_new());
  Must(EVP_CipherInit_ex2(context.get(), Fetched(encr), key.data(), iv.data(), direction, nullptr));
  Must(EVP_CIPHER_CTX_set_padding(context.get(), 0));
  int written = 0;
  Must(EVP_CipherUpdate(context.get(), text.data(), &written, text.data(), static_cast<int>(text.size())));
  base::SecureWipe(tripled);
}

// Encrypts and fills `tag`, or decrypts and answers whether `tag` is right.
bool RunAead(const Algorithm& encr, ByteView key_and_salt, ByteView iv, ByteView aad, MutableByteView text,
             MutableByteView tag, int direction) {
  std::array<uint8_t, kAeadNonce> nonce;
  const auto salt_end = std::copy_n(key_and_salt.begin() + encr.key_bytes, encr.salt_bytes, nonce.begin());
  std::copy(iv.begin(), iv.end(), salt_end);
  const CipherCtx context(EVP_CIPHER_CTX_new());
  const auto tag_size = static_cast<int>(tag.size());
  int written = 0;
  Must(EVP_CipherInit_ex2(context.get(), Fetched(encr), key_and_salt.data(), nonce.data(), direction, nullptr));
  Must(EVP_CipherUpdate(context.get(), nullptr, &written, aad.data(), static_cast<int>(aad.size())));
  Must(EVP_CipherUpdate(context.get(), text.data(), &written, text.data(), static_cast<int>(text.size())));
  uint8_t unused = 0;  // neither AEAD holds text back
  if (direction == kDecrypt) {
    Must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()));
    return EVP_CipherFinal_ex(context.get(), &unused, &written) == 1;
  }
  Must(EVP_CipherFinal_ex(context.get(), &unused, &written));
  Must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()));
  return true;
}

absl::Status CheckCbc(const Algorithm& encr, ByteView key, ByteView iv, MutableByteView text) {
  if (Fetched(encr) == nullptr || encr.aead) {
    return absl::InvalidArgumentError(absl::StrCat(encr.keyword, " is not a CBC cipher"));
  }
  if (key.size() != encr.key_bytes || iv.size() != encr.iv_bytes || text.empty() || text.size() > kMaxText ||
      text.size() % encr.block_bytes != 0) {
    return absl::InvalidArgumentError(absl::StrCat("wrong size of key, IV or text for ", encr.keyword));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Cipher> Cipher::Create(const ipsec::Suite& suite, base::Secret encr_key, base::Secret integ_key) {
  if (suite.encr == nullptr || Fetched(*suite.encr) == nullptr) return absl::InvalidArgumentError("no cipher in suite");
  if (encr_key.size() != suite.encr->keymat_bytes()) return absl::InvalidArgumentError("wrong size of encryption key");
  if (suite.encr->aead != (suite.integ == nullptr)) {
    return absl::InvalidArgumentError("an AEAD goes without integrity algorithm, every other cipher with one");
  }
  std::optional<Integrity> integrity;
  if (suite.integ != nullptr) {
    ASSIGN_OR_RETURN(integrity, Integrity::Create(*suite.integ));
  }
  if (integ_key.size() != (integrity ? integrity->key_size() : 0)) {
    return absl::InvalidArgumentError("wrong size of integrity key");
  }
  return Cipher(suite.encr, integrity, std::move(encr_key), std::move(integ_key));
}

void Cipher::Seal(ByteView before, MutableByteView packet, ByteView after) const {
  if (packet.size() < iv_size() + icv_size() || packet.size() > kMaxText) std::abort();
  const MutableByteView iv = packet.first(iv_size());
  const MutableByteView text = packet.subspan(iv_size(), packet.size() - iv_size() - icv_size());
  const MutableByteView icv = packet.last(icv_size());
  if (text.size() % block_size() != 0) std::abort();
  if (encr_->aead) {
    RunAead(*encr_, encr_key_.view(), iv, before, text, icv, kEncrypt);
    return;
  }
  RunCbc(*encr_, encr_key_.view(), iv, text, kEncrypt);
  const base::Bytes mac = integrity_->Compute(integ_key_.view(), {before, iv, text, after});
  std::copy(mac.begin(), mac.end(), icv.begin());
}

std::optional<MutableByteView> Cipher::Open(ByteView before, MutableByteView packet, ByteView after) const {
  if (packet.size() < iv_size() + icv_size() || packet.size() > kMaxText) return std::nullopt;
  const MutableByteView iv = packet.first(iv_size());
  const MutableByteView text = packet.subspan(iv_size(), packet.size() - iv_size() - icv_size());
  const MutableByteView icv = packet.last(icv_size());
  if (text.empty() || text.size() % block_size() != 0) return std::nullopt;
  if (encr_->aead) {
    if (!RunAead(*encr_, encr_key_.view(), iv, before, text, icv, kDecrypt)) return std::nullopt;
    return text;
  }
  if (!integrity_->Verify(integ_key_.view(), {before, iv, text, after}, icv)) return std::nullopt;
  RunCbc(*encr_, encr_key_.view(), iv, text, kDecrypt);
  return text;
}

absl::Status EncryptCbc(const Algorithm& encr, ByteView key, ByteView iv, MutableByteView text) {
  RETURN_IF_ERROR(CheckCbc(encr, key, iv, text));
  RunCbc(encr, key, iv, text, kEncrypt);
  return absl::OkStatus();
}

absl::Status DecryptCbc(const Algorithm& encr, ByteView key, ByteView iv, MutableByteView text) {
  RETURN_IF_ERROR(CheckCbc(encr, key, iv, text));
  RunCbc(encr, key, iv, text, kDecrypt);
  return absl::OkStatus();
}

}  // namespace culvert::crypto
