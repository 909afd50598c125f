// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/payload_rules.h"

#include <algorithm>
#include <iterator>

namespace culvert::wire::ikev2 {
namespace {

using enum ExchangeType;
using enum PayloadType;

constexpr bool kRequest = false;
constexpr bool kResponse = true;

// RFC 7296 appendix C. A chain of certificates is one payload each, so CERT may be many.
constexpr PayloadRule kRules[] = {
    // exchange, direction, payload, least, most
    {kIkeSaInit, kRequest, kSa, 1, 1},
    {kIkeSaInit, kRequest, kKe, 1, 1},
    {kIkeSaInit, kRequest, kNonce, 1, 1},
    {kIkeSaInit, kResponse, kSa, 1, 1},
    {kIkeSaInit, kResponse, kKe, 1, 1},
    {kIkeSaInit, kResponse, kNonce, 1, 1},
    {kIkeSaInit, kResponse, kCertReq, 0, 16},

    // IDi alone may open a childless SA (RFC 6023) or EAP; AUTH or EAP alone carry on; so nothing is in every form.
    {kIkeAuth, kRequest, kIdI, 0, 1},
    {kIkeAuth, kRequest, kCert, 0, 16},
    {kIkeAuth, kRequest, kCertReq, 0, 16},
    {kIkeAuth, kRequest, kIdR, 0, 1},
    {kIkeAuth, kRequest, kAuth, 0, 1},
    {kIkeAuth, kRequest, kEap, 0, 1},
    {kIkeAuth, kRequest, kConfig, 0, 1},
    {kIkeAuth, kRequest, kSa, 0, 1},
    {kIkeAuth, kRequest, kTsI, 0, 1},
    {kIkeAuth, kRequest, kTsR, 0, 1},
    {kIkeAuth, kResponse, kIdR, 0, 1},
    {kIkeAuth, kResponse, kCert, 0, 16},
    {kIkeAuth, kResponse, kAuth, 0, 1},
    {kIkeAuth, kResponse, kEap, 0, 1},
    {kIkeAuth, kResponse, kConfig, 0, 1},
    {kIkeAuth, kResponse, kSa, 0, 1},
    {kIkeAuth, kResponse, kTsI, 0, 1},
    {kIkeAuth, kResponse, kTsR, 0, 1},

    // TSi and TSr are there for a CHILD SA and absent when the IKE SA itself is rekeyed.
    {kCreateChildSa, kRequest, kSa, 1, 1},
    {kCreateChildSa, kRequest, kNonce, 1, 1},
    {kCreateChildSa, kRequest, kKe, 0, 1},
    {kCreateChildSa, kRequest, kTsI, 0, 1},
    {kCreateChildSa, kRequest, kTsR, 0, 1},
    {kCreateChildSa, kRequest, kConfig, 0, 1},
    {kCreateChildSa, kResponse, kSa, 1, 1},
    {kCreateChildSa, kResponse, kNonce, 1, 1},
    {kCreateChildSa, kResponse, kKe, 0, 1},
    {kCreateChildSa, kResponse, kTsI, 0, 1},
    {kCreateChildSa, kResponse, kTsR, 0, 1},
    {kCreateChildSa, kResponse, kConfig, 0, 1},

    {kInformational, kRequest, kDelete, 0, 16},
    {kInformational, kRequest, kConfig, 0, 1},
    {kInformational, kResponse, kDelete, 0, 16},
    {kInformational, kResponse, kConfig, 0, 1},
};

bool IsAnywhere(const Payload& payload) {
  return payload.type == kNotify || payload.type == kVendorId || std::holds_alternative<UnknownPayload>(payload.body);
}

size_t Count(const Message& message, PayloadType type) {
  return static_cast<size_t>(std::count_if(message.payloads.begin(), message.payloads.end(),
                                           [type](const Payload& p) { return p.type == type; }));
}

// COOKIE and INVALID_KE_PAYLOAD answer IKE_SA_INIT alone (RFC 7296 2.6, 1.2), and so does any error.
bool StandsAlone(const Message& message) {
  if (!message.header.is_response()) return false;
  return message.FirstErrorNotify() != nullptr ||
         (message.exchange() == kIkeSaInit && (message.Has(NotifyType::kCookie) || message.Has(NotifyType::kRedirect)));
}

Malformed At(PayloadType type, DecodeError error) {
  return {error, static_cast<uint8_t>(type)};
}

}  // namespace

std::span<const PayloadRule> PayloadRules() {
  return kRules;
}

std::optional<Malformed> CheckPayloads(const Message& message) {
  const ExchangeType exchange = message.exchange();
  if (exchange < kIkeSaInit || exchange > kInformational) return Malformed{DecodeError::kExchangeType};
  const auto applies = [&](const PayloadRule& rule) {
    return rule.exchange == exchange && rule.response == message.header.is_response();
  };
  for (const Payload& payload : message.payloads) {
    const bool allowed = IsAnywhere(payload) ||
                         std::any_of(std::begin(kRules), std::end(kRules),
                                     [&](const auto& rule) { return applies(rule) && rule.type == payload.type; });
    if (!allowed) return At(payload.type, DecodeError::kUnexpectedPayload);
  }
  const bool complete = !StandsAlone(message);
  for (const PayloadRule& rule : kRules) {
    if (!applies(rule)) continue;
    const size_t count = Count(message, rule.type);
    if (count > rule.max) return At(rule.type, DecodeError::kDuplicatePayload);
    if (complete && count < rule.min) return At(rule.type, DecodeError::kMissingPayload);
  }
  if (Count(message, kTsI) != Count(message, kTsR)) {  // selectors come in pairs, in every exchange
    return At(Count(message, kTsI) == 0 ? kTsI : kTsR, DecodeError::kMissingPayload);
  }
  return std::nullopt;
}

}  // namespace culvert::wire::ikev2
