// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/payload_rules.h"

#include <algorithm>
#include <iterator>

namespace culvert::wire::ikev1 {
namespace {

using enum MessageForm;
using enum PayloadType;
using enum FormRule::Encryption;

// The SA leads where phase 1 begins (RFC 2409 5), HASH wherever there are keys (5.5, 5.7). Whether Aggressive Mode's
// last message is encrypted, its sender decides (5.4).
constexpr FormRule kForms[] = {
    {kMain1, "MAIN 1", ExchangeType::kMain, kClear, kSa, /*phase1=*/true, /*proves=*/false},
    {kMain2, "MAIN 2", ExchangeType::kMain, kClear, kSa, true, false},
    {kMain3, "MAIN 3", ExchangeType::kMain, kClear, kNone, true, false},
    {kMain4, "MAIN 4", ExchangeType::kMain, kClear, kNone, true, false},
    {kMain5, "MAIN 5", ExchangeType::kMain, kEncrypted, kNone, true, true},
    {kMain6, "MAIN 6", ExchangeType::kMain, kEncrypted, kNone, true, true},
    {kAggressive1, "AGGRESSIVE 1", ExchangeType::kAggressive, kClear, kSa, true, false},
    {kAggressive2, "AGGRESSIVE 2", ExchangeType::kAggressive, kClear, kSa, true, true},
    {kAggressive3, "AGGRESSIVE 3", ExchangeType::kAggressive, kEither, kNone, true, true},
    {kQuick1, "QUICK 1", ExchangeType::kQuick, kEncrypted, kHash, false, false},
    {kQuick2, "QUICK 2", ExchangeType::kQuick, kEncrypted, kHash, false, false},
    {kQuick3, "QUICK 3", ExchangeType::kQuick, kEncrypted, kHash, false, false},
    {kTransaction, "TRANSACTION", ExchangeType::kTransaction, kEncrypted, kHash, false, false},
    {kInformational, "INFORMATIONAL", ExchangeType::kInformational, kEncrypted, kHash, false, false},
    {kInformationalInClear, "INFORMATIONAL in clear", ExchangeType::kInformational, kClear, kNone, false, false},
};

// NAT-D comes under two numbers, NAT-OA too; a chain of certificates is one payload each.
constexpr PayloadRule kRules[] = {
    // form, payload, least, most
    {kMain1, kSa, 1, 1},
    {kMain1, kCertReq, 0, 16},

    {kMain2, kSa, 1, 1},
    {kMain2, kCertReq, 0, 16},

    {kMain3, kKe, 1, 1},
    {kMain3, kNonce, 1, 1},
    {kMain3, kCertReq, 0, 16},
    {kMain3, kNatD, 0, 16},
    {kMain3, kNatDDraft, 0, 16},

    {kMain4, kKe, 1, 1},
    {kMain4, kNonce, 1, 1},
    {kMain4, kCertReq, 0, 16},
    {kMain4, kNatD, 0, 16},
    {kMain4, kNatDDraft, 0, 16},

    {kMain5, kId, 1, 1},
    {kMain5, kCert, 0, 16},
    {kMain5, kCertReq, 0, 16},

    {kMain6, kId, 1, 1},
    {kMain6, kCert, 0, 16},
    {kMain6, kCertReq, 0, 16},

    {kAggressive1, kSa, 1, 1},
    {kAggressive1, kKe, 1, 1},
    {kAggressive1, kNonce, 1, 1},
    {kAggressive1, kId, 1, 1},
    {kAggressive1, kCertReq, 0, 16},

    {kAggressive2, kSa, 1, 1},
    {kAggressive2, kKe, 1, 1},
    {kAggressive2, kNonce, 1, 1},
    {kAggressive2, kId, 1, 1},
    {kAggressive2, kCert, 0, 16},
    {kAggressive2, kCertReq, 0, 16},
    {kAggressive2, kNatD, 0, 16},
    {kAggressive2, kNatDDraft, 0, 16},

    {kAggressive3, kCert, 0, 16},
    {kAggressive3, kNatD, 0, 16},
    {kAggressive3, kNatDDraft, 0, 16},

    {kQuick1, kHash, 1, 1},
    {kQuick1, kSa, 1, 1},
    {kQuick1, kNonce, 1, 1},
    {kQuick1, kKe, 0, 1},
    {kQuick1, kId, 0, 2},
    {kQuick1, kNatOa, 0, 2},
    {kQuick1, kNatOaDraft, 0, 2},

    {kQuick2, kHash, 1, 1},
    {kQuick2, kSa, 1, 1},
    {kQuick2, kNonce, 1, 1},
    {kQuick2, kKe, 0, 1},
    {kQuick2, kId, 0, 2},
    {kQuick2, kNatOa, 0, 2},
    {kQuick2, kNatOaDraft, 0, 2},

    {kQuick3, kHash, 1, 1},

    {kTransaction, kHash, 1, 1},
    {kTransaction, kAttributes, 1, 1},

    {kInformational, kHash, 1, 1},
    {kInformational, kDelete, 0, 16},
};

Malformed At(PayloadType type, DecodeError error) {
  return {error, static_cast<uint8_t>(type)};
}

const FormRule& RuleOf(MessageForm form) {
  return kForms[static_cast<size_t>(form)];
}

size_t Count(const Message& message, PayloadType type) {
  return static_cast<size_t>(std::count_if(message.payloads.begin(), message.payloads.end(),
                                           [type](const Payload& p) { return p.type == type; }));
}

std::optional<Malformed> CheckHeader(const IkeHeader& header, const FormRule& rule) {
  if (header.exchange_type != static_cast<uint8_t>(rule.exchange)) return Malformed{DecodeError::kExchangeType};
  if (rule.encryption != kEither && header.encrypted() != (rule.encryption == kEncrypted)) {
    return Malformed{DecodeError::kEncryptionFlag};
  }
  // Errors in clear come with a message ID, and from some peers without one.
  if (rule.form == kInformationalInClear) return std::nullopt;
  if ((header.message_id == 0) != rule.phase1) return Malformed{DecodeError::kMessageId};
  return std::nullopt;
}

// Quick Mode's SA follows HASH at once (RFC 2409 5.5).
std::optional<Malformed> CheckOrder(const Message& message, const FormRule& rule) {
  if (rule.first == kNone) return std::nullopt;
  if (message.payloads.empty() || message.payloads.front().type != rule.first) {
    return At(rule.first, Count(message, rule.first) == 0 ? DecodeError::kMissingPayload : DecodeError::kPayloadOrder);
  }
  const bool opens_quick = rule.form == kQuick1 || rule.form == kQuick2;
  if (opens_quick && Count(message, kSa) > 0 && message.payloads[1].type != kSa) {
    return At(kSa, DecodeError::kPayloadOrder);
  }
  return std::nullopt;
}

// In clear an error may be told, and nothing else: R-U-THERE must not be heard there (RFC 3706 5.2).
bool IsAnywhere(const Payload& payload, MessageForm form) {
  if (const auto* notify = std::get_if<NotifyPayload>(&payload.body)) {
    return form != kInformationalInClear || IsError(notify->type);
  }
  return payload.type == kVendorId || std::holds_alternative<UnknownPayload>(payload.body);
}

std::optional<Malformed> CheckTypes(const Message& message, const FormRule& form, PayloadType proof) {
  for (const Payload& payload : message.payloads) {
    const bool allowed = IsAnywhere(payload, form.form) || (form.proves && payload.type == proof) ||
                         std::any_of(std::begin(kRules), std::end(kRules), [&](const PayloadRule& rule) {
                           return rule.form == form.form && rule.type == payload.type;
                         });
    if (!allowed) return At(payload.type, DecodeError::kUnexpectedPayload);
  }
  const auto check = [&message](PayloadType type, size_t min, size_t max) -> std::optional<Malformed> {
    const size_t count = Count(message, type);
    if (count > max) return At(type, DecodeError::kDuplicatePayload);
    if (count < min) return At(type, DecodeError::kMissingPayload);
    return std::nullopt;
  };
  for (const PayloadRule& rule : kRules) {
    if (rule.form != form.form) continue;
    if (const auto fault = check(rule.type, rule.min, rule.max)) return fault;
  }
  if (form.proves) return check(proof, 1, 1);
  return std::nullopt;
}

}  // namespace

Proof ProofOf(AuthMethod method) {
  switch (method) {
    case AuthMethod::kPreSharedKey:
    case AuthMethod::kXauthInitPreShared:
    case AuthMethod::kXauthRespPreShared:
      return Proof::kHash;
    default:
      return Proof::kSignature;
  }
}

std::span<const FormRule> FormRules() {
  return kForms;
}

std::span<const PayloadRule> PayloadRules() {
  return kRules;
}

std::optional<Malformed> CheckPayloads(const Message& message, MessageForm form, Proof proof) {
  const FormRule& rule = RuleOf(form);
  if (const auto fault = CheckHeader(message.header, rule)) return fault;
  if (const auto fault = CheckOrder(message, rule)) return fault;
  if (const auto fault = CheckTypes(message, rule, proof == Proof::kHash ? kHash : kSignature)) return fault;
  if (rule.exchange == ExchangeType::kQuick && Count(message, kId) == 1) {  // IDci and IDcr come together (5.5)
    return At(kId, DecodeError::kMissingPayload);
  }
  return std::nullopt;
}

absl::string_view ToString(MessageForm form) {
  return RuleOf(form).name;
}

}  // namespace culvert::wire::ikev1
