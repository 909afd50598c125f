// SPDX-License-Identifier: Apache-2.0
// Messages under an ISAKMP SA: all that follows the header is one CBC text (RFC 2409 appendix B). Each message's IV is
// the last ciphertext block of the exchange's one before; crypto::Phase1Iv and crypto::ExchangeIv make the first.
// Nothing here authenticates: that is the HASH payload inside, so the caller keeps `next_iv` only with a message whose
// hash was right, and a forgery does not move the chain.
#pragma once

#include "libs/base/bytes.h"
#include "libs/ipsec/algorithm.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ikev1/message.h"

namespace culvert::wire::ikev1 {

struct SealedMessage {
  base::Bytes datagram;
  base::Bytes next_iv;
};
// Encrypts the payloads, padded with zeros to whole blocks, and sets the Encryption flag. `key` is Ikev1Keys::cipher.
// Sizes of key and IV that are not the cipher's, or no payload, abort: both are ours.
SealedMessage SealMessage(const ipsec::Algorithm& encr, base::ByteView key, base::ByteView iv, const Message& message);

struct OpenedMessage {
  Message message;
  base::Bytes next_iv;
};
// Decrypts and decodes. kEncryptionFlag: it is in clear; kCiphertext: not whole blocks, or none. With the wrong key the
// text is noise, which fails as any of the chain's errors: kReserved, kPayloadLength, kUnknownPayload.
Decoded<OpenedMessage> OpenMessage(const ipsec::Algorithm& encr, base::ByteView key, base::ByteView iv,
                                   base::ByteView datagram);

}  // namespace culvert::wire::ikev1
