// SPDX-License-Identifier: Apache-2.0
// The ESP suites this engine speaks, by canonical keyword ("aes256gcm16", "aes128-sha256"), and their shapes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "kmod/core/esp.h"

namespace culvert::espd {

enum class Cipher : uint8_t { kAesCbc, kAesGcm, kChaCha20Poly1305, kTripleDesCbc, kDesCbc };
enum class Integrity : uint8_t { kAead, kMd5, kSha1, kSha256, kSha384, kSha512 };

struct Suite {
  Cipher cipher = Cipher::kAesGcm;
  Integrity integrity = Integrity::kAead;
  uint8_t key_bytes = 0;            // encryption key without its salt
  uint8_t salt_bytes = 0;           // follows the key in KEYMAT (RFC 4106 8.1, RFC 7634 2)
  uint8_t integrity_key_bytes = 0;  // RFC 2404 5, RFC 4868 2.1.1: as long as the hash
  cv_esp_shape shape = {};

  bool aead() const { return integrity == Integrity::kAead; }
  // InvalidArgument names the word that is unknown or the combination that makes no sense.
  static absl::StatusOr<Suite> Parse(absl::string_view keyword);
};

// Every keyword that Parse accepts, strongest first.
std::vector<std::string> SuiteKeywords();

}  // namespace culvert::espd
