// SPDX-License-Identifier: Apache-2.0
// One direction of packet protection, as the SK payload of IKEv2 and ESP use it: an AEAD (RFC 5282, 4106, 7634), or a
// CBC cipher and then a MAC (RFC 7296 3.14, RFC 3602, 2451).
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/bytes.h"
#include "libs/base/secret.h"
#include "libs/crypto/integrity.h"
#include "libs/ipsec/proposal.h"

namespace culvert::crypto {

// Holds keys only and expands them at each call: an idle SA costs its keys, and a call from any thread is safe.
class Cipher {
 public:
  // `encr_key` is the key and, for an AEAD, the salt after it, exactly encr->keymat_bytes(); `integ_key` is empty for
  // an AEAD. InvalidArgument when sizes or algorithms do not fit together.
  static absl::StatusOr<Cipher> Create(const ipsec::Suite& suite, base::Secret encr_key, base::Secret integ_key);

  size_t iv_size() const { return encr_->iv_bytes; }
  size_t block_size() const { return encr_->block_bytes; }  // the text must be a multiple (1 for an AEAD)
  size_t icv_size() const { return encr_->aead ? encr_->icv_bytes : integrity_->icv_size(); }

  // `packet` is IV | text | room for the ICV; the caller has written IV and padded text. Encrypts in place and fills
  // the ICV. `before` is authenticated ahead of the packet (IKE: everything from the header on; ESP: SPI and sequence).
  // `after` is authenticated behind the ciphertext and never sent (ESP: the high sequence half of a MAC); an AEAD has
  // none. The IV of an AEAD must never repeat under one key; CBC's must be unpredictable.
  void Seal(base::ByteView before, base::MutableByteView packet, base::ByteView after = {}) const;

  // Checks the ICV first, then decrypts in place and returns the text within `packet`, padding included.
  // nullopt: too short, not whole blocks, or not authentic; the contents of `packet` are then unspecified.
  std::optional<base::MutableByteView> Open(base::ByteView before, base::MutableByteView packet,
                                            base::ByteView after = {}) const;

 private:
  Cipher(const ipsec::Algorithm* encr, std::optional<Integrity> integrity, base::Secret encr_key,
         base::Secret integ_key)
      : encr_(encr), integrity_(integrity), encr_key_(std::move(encr_key)), integ_key_(std::move(integ_key)) {}

  const ipsec::Algorithm* encr_;
  std::optional<Integrity> integrity_;
  base::Secret encr_key_;
  base::Secret integ_key_;
};

// CBC alone, in place, whole blocks, no padding: IKEv1 messages (RFC 2409 appendix B), whose IV is chained by the
// caller. InvalidArgument when a size is wrong or `encr` is not a CBC cipher.
absl::Status EncryptCbc(const ipsec::Algorithm& encr, base::ByteView key, base::ByteView iv,
                        base::MutableByteView text);
absl::Status DecryptCbc(const ipsec::Algorithm& encr, base::ByteView key, base::ByteView iv,
                        base::MutableByteView text);

}  // namespace culvert::crypto
