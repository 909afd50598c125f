// SPDX-License-Identifier: Apache-2.0
// Which payloads each message of an exchange may, must and must not carry (RFC 2409 5.1 to 5.7, RFC 3947 3.2, 5.2, the
// Mode Config draft), which comes first, and whether the message is encrypted, as two tables.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "libs/wire/decoded.h"
#include "libs/wire/ikev1/constants.h"
#include "libs/wire/ikev1/message.h"

namespace culvert::wire::ikev1 {

// A message's place in its exchange, which nothing in it says: the state of the SA does.
enum class MessageForm : uint8_t {
  kMain1,
  kMain2,
  kMain3,
  kMain4,
  kMain5,
  kMain6,
  kAggressive1,
  kAggressive2,
  kAggressive3,
  kQuick1,
  kQuick2,
  kQuick3,
  kTransaction,           // REQUEST, REPLY, SET and ACK alike
  kInformational,         // under the ISAKMP SA: HASH, then notifications and deletes
  kInformationalInClear,  // before there are keys; errors alone, of which none can be believed
};

// What proves an identity, by the authentication method: HASH_I and HASH_R, or their signatures (RFC 2409 5.1, 5.4).
enum class Proof : uint8_t { kHash, kSignature };
Proof ProofOf(AuthMethod method);

struct FormRule {
  enum class Encryption : uint8_t { kClear, kEncrypted, kEither };
  MessageForm form;
  absl::string_view name;  // "MAIN 1"
  ExchangeType exchange;
  Encryption encryption;
  PayloadType first;  // must be the first one; kNone: any
  bool phase1;        // the message ID is zero; it is not elsewhere
  bool proves;        // carries HASH or SIG, whichever the authentication method asks for
};
std::span<const FormRule> FormRules();  // one for each form, in order

struct PayloadRule {
  MessageForm form;
  PayloadType type;
  uint8_t min;
  uint8_t max;
};
std::span<const PayloadRule> PayloadRules();

// Judges a decoded message. nullopt: lawful. Notifications, Vendor IDs and private types may be anywhere behind the
// first payload. `proof` counts in the forms that prove an identity, and nowhere else. Quick Mode with several SA
// payloads is refused: we offer none such.
std::optional<Malformed> CheckPayloads(const Message& message, MessageForm form, Proof proof = Proof::kHash);

absl::string_view ToString(MessageForm form);

}  // namespace culvert::wire::ikev1
