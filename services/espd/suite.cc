// SPDX-License-Identifier: Apache-2.0
#include "services/espd/suite.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace culvert::espd {
namespace {

struct CipherRow {
  absl::string_view word;
  Cipher cipher;
  uint8_t key, salt, iv, block, icv;  // octets; icv 0: an integrity algorithm goes with it
};
constexpr CipherRow kCiphers[] = {
    {"aes256gcm16", Cipher::kAesGcm, 32, 4, 8, 1, 16},  // RFC 4106
    {"aes192gcm16", Cipher::kAesGcm, 24, 4, 8, 1, 16},
    {"aes128gcm16", Cipher::kAesGcm, 16, 4, 8, 1, 16},
    {"chacha20poly1305", Cipher::kChaCha20Poly1305, 32, 4, 8, 1, 16},  // RFC 7634
    {"aes256", Cipher::kAesCbc, 32, 0, 16, 16, 0},                     // RFC 3602
    {"aes192", Cipher::kAesCbc, 24, 0, 16, 16, 0},
    {"aes128", Cipher::kAesCbc, 16, 0, 16, 16, 0},
    {"3des", Cipher::kTripleDesCbc, 24, 0, 8, 8, 0},  // RFC 2451
    {"des", Cipher::kDesCbc, 8, 0, 8, 8, 0},          // RFC 2405
};

struct IntegrityRow {
  absl::string_view word;
  Integrity integrity;
  uint8_t key, icv;
};
constexpr IntegrityRow kIntegrities[] = {
    {"sha512", Integrity::kSha512, 64, 32},  // RFC 4868
    {"sha384", Integrity::kSha384, 48, 24},    {"sha256", Integrity::kSha256, 32, 16},
    {"sha256_96", Integrity::kSha256, 32, 12},  // the draft that old Linux peers still speak
    {"sha1", Integrity::kSha1, 20, 12},         // RFC 2404
    {"md5", Integrity::kMd5, 16, 12},           // RFC 2403
};

Suite Of(const CipherRow& c) {
  return {c.cipher, Integrity::kAead, c.key, c.salt, 0, {c.iv, c.block, c.icv}};
}
Suite Of(const CipherRow& c, const IntegrityRow& i) {
  return {c.cipher, i.integrity, c.key, c.salt, i.key, {c.iv, c.block, i.icv}};
}

}  // namespace

absl::StatusOr<Suite> Suite::Parse(absl::string_view keyword) {
  const std::pair<absl::string_view, absl::string_view> words = absl::StrSplit(keyword, absl::MaxSplits('-', 1));
  for (const CipherRow& c : kCiphers) {
    if (c.word != words.first) continue;
    if (c.icv != 0) {
      if (words.second.empty()) return Of(c);
      return absl::InvalidArgumentError(absl::StrCat(c.word, " takes no integrity algorithm: ", keyword));
    }
    for (const IntegrityRow& i : kIntegrities) {
      if (i.word == words.second) return Of(c, i);
    }
    return absl::InvalidArgumentError(absl::StrCat("no such integrity algorithm: ", keyword));
  }
  return absl::InvalidArgumentError(absl::StrCat("no such ESP cipher: ", keyword));
}

std::vector<std::string> SuiteKeywords() {
  std::vector<std::string> words;
  for (const CipherRow& c : kCiphers) {
    if (c.icv != 0) words.emplace_back(c.word);
    for (const IntegrityRow& i : kIntegrities) {
      if (c.icv == 0) words.push_back(absl::StrCat(c.word, "-", i.word));
    }
  }
  return words;
}

}  // namespace culvert::espd
