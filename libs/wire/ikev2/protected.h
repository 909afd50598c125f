// SPDX-License-Identifier: Apache-2.0
// Messages under an IKE SA: sealing into SK (RFC 7296 3.14, RFC 5282) or into SKF fragments (RFC 7383), and opening.
#pragma once

#include <optional>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/clock.h"
#include "libs/crypto/cipher.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ikev2/message.h"

namespace culvert::wire::ikev2 {

// The datagram that carries `message.payloads` sealed. IVs are drawn from `rng`: 64 random bits an AEAD message do not
// repeat within the few thousand messages of an IKE SA, and, unlike a counter, need no memory that survives a crash.
base::Bytes SealMessage(const crypto::Cipher& cipher, const Message& message, base::Rng& rng);

// The same in fragments of at most `max_size` octets each (the whole datagram); one plain SK when that fits.
// CHECKs that max_size leaves room for text: at least 128.
std::vector<base::Bytes> SealFragments(const crypto::Cipher& cipher, const Message& message, size_t max_size,
                                       base::Rng& rng);

// Authenticates, decrypts and decodes `datagram`, whose only payload must be SK. The payloads of the result are the
// inner ones.
Decoded<Message> OpenMessage(const crypto::Cipher& cipher, base::ByteView datagram);

// One authenticated fragment: datagram whose only payload is SKF.
struct Fragment {
  IkeHeader header;
  PayloadType first_inner = PayloadType::kNone;  // of the message, in fragment 1 alone
  uint16_t number = 1;
  uint16_t total = 1;
  base::Bytes text;  // this fragment's piece of the inner chain
};
Decoded<Fragment> OpenFragment(const crypto::Cipher& cipher, base::ByteView datagram);

// The numbers of a fragment, 1 ≤ number ≤ total ≤ kMaxFragments, before it costs a decryption. nullopt: others, or no
// fragment.
struct FragmentFields {
  uint16_t number = 1;
  uint16_t total = 1;
};
std::optional<FragmentFields> PeekFragment(base::ByteView datagram);

// What DecodeMessage of a sealed datagram would cost is spared: the outer payload's type, for choosing between the two
// above. kNone when it is neither.
PayloadType SealedIn(base::ByteView datagram);

}  // namespace culvert::wire::ikev2
