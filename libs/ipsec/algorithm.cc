// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/algorithm.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace culvert::ipsec {
namespace {

constexpr auto kStrong = Strength::kStrong;
constexpr auto kLegacy = Strength::kLegacy;
constexpr auto kWeak = Strength::kWeak;

// A row of each kind, with the columns that kind has.
constexpr Algorithm Cbc(absl::string_view keyword, absl::string_view name, uint16_t id, uint16_t key_bits,
                        uint16_t v1_ike, uint16_t v1_esp, uint16_t key_bytes, uint8_t block, Strength strength) {
  return {.keyword = keyword,
          .name = name,
          .kind = TransformKind::kEncr,
          .id = id,
          .key_bits = key_bits,
          .v1_ike = v1_ike,
          .v1_esp = v1_esp,
          .key_bytes = key_bytes,
          .iv_bytes = block,
          .block_bytes = block,
          .strength = strength,
          .ike = true,
          .esp = true};
}
constexpr Algorithm Aead(absl::string_view keyword, absl::string_view name, uint16_t id, uint16_t key_bits,
                         uint16_t v1_esp, uint16_t key_bytes) {
  return {.keyword = keyword,
          .name = name,
          .kind = TransformKind::kEncr,
          .id = id,
          .key_bits = key_bits,
          .v1_esp = v1_esp,
          .key_bytes = key_bytes,
          .salt_bytes = 4,
          .iv_bytes = 8,
          .block_bytes = 1,
          .icv_bytes = 16,
          .aead = true,
          .ike = true,
          .esp = true};
}
constexpr Algorithm Integ(absl::string_view keyword, absl::string_view name, uint16_t id, uint16_t v1_ike,
                          uint16_t v1_esp, uint16_t key_bytes, uint8_t icv, Strength strength) {
  return {.keyword = keyword,
          .name = name,
          .kind = TransformKind::kInteg,
          .id = id,
          .v1_ike = v1_ike,
          .v1_esp = v1_esp,
          .key_bytes = key_bytes,
          .icv_bytes = icv,
          .strength = strength,
          .ike = true,
          .esp = true};
}
constexpr Algorithm Prf(absl::string_view keyword, absl::string_view name, uint16_t id, uint16_t bytes,
                        Strength strength) {
  return {.keyword = keyword,
          .name = name,
          .kind = TransformKind::kPrf,
          .id = id,
          .key_bytes = bytes,
          .strength = strength,
          .ike = true};
}
constexpr Algorithm Dh(absl::string_view keyword, absl::string_view name, uint16_t id, bool v1, uint16_t public_bytes,
                       Strength strength) {
  const uint16_t v1_group = v1 ? id : 0;  // the group numbers are common to both versions
  return {.keyword = keyword,
          .name = name,
          .kind = TransformKind::kDh,
          .id = id,
          .v1_ike = v1_group,
          .v1_esp = v1_group,
          .key_bytes = public_bytes,
          .strength = strength,
          .ike = true,
          .esp = true};
}

// Strength follows RFC 8247 and RFC 8221; 3DES is weak for its 64-bit block as well.
constexpr Algorithm kTable[] = {
    //  keyword   name                 id  bits v1 IKE, ESP  key block
    Cbc("des", "ENCR_DES", 2, 0, 1, 2, 8, 8, kWeak),
    Cbc("3des", "ENCR_3DES", 3, 0, 5, 3, 24, 8, kWeak),
    Cbc("aes128", "ENCR_AES_CBC", 12, 128, 7, 12, 16, 16, kStrong),
    Cbc("aes192", "ENCR_AES_CBC", 12, 192, 7, 12, 24, 16, kStrong),
    Cbc("aes256", "ENCR_AES_CBC", 12, 256, 7, 12, 32, 16, kStrong),
    //  keyword   name                id  bits v1 ESP key
    Aead("aes128gcm16", "ENCR_AES_GCM_16", 20, 128, 20, 16),
    Aead("aes192gcm16", "ENCR_AES_GCM_16", 20, 192, 20, 24),
    Aead("aes256gcm16", "ENCR_AES_GCM_16", 20, 256, 20, 32),
    Aead("chacha20poly1305", "ENCR_CHACHA20_POLY1305", 28, 0, 0, 32),
    //  keyword   name                      id v1 hash, ESP auth, key ICV
    Integ("md5", "AUTH_HMAC_MD5_96", 1, 1, 1, 16, 12, kWeak),
    Integ("sha1", "AUTH_HMAC_SHA1_96", 2, 2, 2, 20, 12, kLegacy),
    Integ("sha256", "AUTH_HMAC_SHA2_256_128", 12, 4, 5, 32, 16, kStrong),
    Integ("sha384", "AUTH_HMAC_SHA2_384_192", 13, 5, 6, 48, 24, kStrong),
    Integ("sha512", "AUTH_HMAC_SHA2_512_256", 14, 6, 7, 64, 32, kStrong),
    // Old Linux kernels cut the ICV to 96 bits, as a draft before RFC 4868 had it, and devices built on them still do.
    // On the wire it is 12; only the two configurations can tell it from sha256.
    {.keyword = "sha256_96",
     .name = "AUTH_HMAC_SHA2_256_128",
     .kind = TransformKind::kInteg,
     .id = 12,
     .v1_esp = 5,
     .key_bytes = 32,
     .icv_bytes = 12,
     .strength = kLegacy,
     .esp = true},
    {.keyword = "nointeg",
     .name = "NONE",
     .kind = TransformKind::kInteg},  // on the wire alone: AEAD peers may offer it
    //  keyword   name             id bytes
    Prf("prfmd5", "PRF_HMAC_MD5", 1, 16, kWeak),
    Prf("prfsha1", "PRF_HMAC_SHA1", 2, 20, kLegacy),
    Prf("prfsha256", "PRF_HMAC_SHA2_256", 5, 32, kStrong),
    Prf("prfsha384", "PRF_HMAC_SHA2_384", 6, 48, kStrong),
    Prf("prfsha512", "PRF_HMAC_SHA2_512", 7, 64, kStrong),
    //  keyword   name             id  v1 public value
    Dh("modp768", "MODP_768", 1, true, 96, kWeak),
    Dh("modp1024", "MODP_1024", 2, true, 128, kWeak),
    Dh("modp1536", "MODP_1536", 5, true, 192, kWeak),
    Dh("modp2048", "MODP_2048", 14, true, 256, kStrong),
    Dh("modp3072", "MODP_3072", 15, true, 384, kStrong),
    Dh("modp4096", "MODP_4096", 16, true, 512, kStrong),
    Dh("modp6144", "MODP_6144", 17, true, 768, kStrong),
    Dh("modp8192", "MODP_8192", 18, true, 1024, kStrong),
    Dh("ecp256", "ECP_256", 19, true, 64, kStrong),
    Dh("ecp384", "ECP_384", 20, true, 96, kStrong),
    Dh("ecp521", "ECP_521", 21, true, 132, kStrong),
    Dh("x25519", "CURVE_25519", 31, false, 32, kStrong),
    Dh("x448", "CURVE_448", 32, false, 56, kStrong),
    {.keyword = "modpnone", .name = "NONE", .kind = TransformKind::kDh, .esp = true},
    {.keyword = "noesn", .name = "NO_ESN", .kind = TransformKind::kEsn, .esp = true},
    {.keyword = "esn", .name = "ESN", .kind = TransformKind::kEsn, .id = 1, .esp = true},
};

// Other spellings that administrators bring along from strongSwan and libreswan.
constexpr std::pair<absl::string_view, absl::string_view> kAliases[] = {
    {"aes", "aes128"},
    {"sha", "sha1"},
    {"sha2_256", "sha256"},
    {"sha2_384", "sha384"},
    {"sha2_512", "sha512"},
    {"sha2_256_96", "sha256_96"},
    {"prfsha", "prfsha1"},
    {"aes128gcm", "aes128gcm16"},
    {"aes192gcm", "aes192gcm16"},
    {"aes256gcm", "aes256gcm16"},
    {"aes128gcm128", "aes128gcm16"},
    {"aes192gcm128", "aes192gcm16"},
    {"aes256gcm128", "aes256gcm16"},
    {"chacha20poly1305128", "chacha20poly1305"},
    {"curve25519", "x25519"},
    {"curve448", "x448"},
};

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

const Algorithm* FindExact(absl::string_view keyword) {
  for (const Algorithm& a : kTable) {
    if (absl::EqualsIgnoreCase(a.keyword, keyword)) return &a;
  }
  return nullptr;
}

}  // namespace

std::span<const Algorithm> Algorithms() {
  return kTable;
}

const Algorithm* FindTransform(TransformKind kind, uint16_t id, uint16_t key_bits) {
  for (const Algorithm& a : kTable) {
    if (a.kind == kind && a.id == id && a.key_bits == key_bits) return &a;
  }
  return nullptr;
}

const Algorithm* FindKeyword(absl::string_view keyword) {
  for (const auto& [alias, canonical] : kAliases) {
    if (absl::EqualsIgnoreCase(alias, keyword)) return FindExact(canonical);
  }
  return FindExact(keyword);
}

const Algorithm* FindIkev1(TransformKind kind, bool esp, uint16_t value, uint16_t key_bits) {
  if (value == 0) return nullptr;
  for (const Algorithm& a : kTable) {
    if (a.kind == kind && (esp ? a.v1_esp : a.v1_ike) == value && a.key_bits == key_bits) return &a;
  }
  return nullptr;
}

const Algorithm* PrfOfIntegrity(const Algorithm& integrity) {
  if (integrity.kind != TransformKind::kInteg || integrity.id == 0) return nullptr;
  return FindExact(std::string("prf") + std::string(integrity.keyword));
}

absl::string_view NearestKeyword(absl::string_view keyword) {
  constexpr size_t kFarthest = 2;
  if (keyword.size() > 64) return {};  // no keyword is near, and the distance costs the product of the lengths
  const std::string lower = absl::AsciiStrToLower(keyword);
  absl::string_view nearest;
  size_t best = kFarthest + 1;
  for (const Algorithm& a : kTable) {
    const size_t distance = EditDistance(lower, a.keyword);
    if (distance < best && distance < a.keyword.size() / 2) {
      best = distance;
      nearest = a.keyword;
    }
  }
  return nearest;
}

absl::string_view ToString(TransformKind kind) {
  switch (kind) {
    case TransformKind::kEncr:
      return "ENCR";
    case TransformKind::kPrf:
      return "PRF";
    case TransformKind::kInteg:
      return "INTEG";
    case TransformKind::kDh:
      return "DH";
    case TransformKind::kEsn:
      return "ESN";
  }
  return "unknown";
}

}  // namespace culvert::ipsec
