// SPDX-License-Identifier: Apache-2.0
// Which payloads each exchange may, must and must not carry (RFC 7296 appendix C), as one table.
#pragma once

#include <optional>
#include <span>

#include "libs/wire/decoded.h"
#include "libs/wire/ikev2/constants.h"
#include "libs/wire/ikev2/message.h"

namespace culvert::wire::ikev2 {

struct PayloadRule {
  ExchangeType exchange;
  bool response;
  PayloadType type;
  uint8_t min;
  uint8_t max;
};

std::span<const PayloadRule> PayloadRules();

// Judges an opened message. nullopt: lawful. Notify, Vendor ID and unknown payloads may be anywhere; a response with an
// error notification need not carry the rest. Which of IKE_AUTH's several forms it is, the state machine's rows decide.
std::optional<Malformed> CheckPayloads(const Message& message);

}  // namespace culvert::wire::ikev2
