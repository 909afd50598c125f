// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/decoded.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/wire/ikev1/constants.h"
#include "libs/wire/ikev2/constants.h"

namespace culvert::wire {
namespace {

struct Row {
  DecodeError error;
  absl::string_view name;
  absl::string_view text;
};

constexpr Row kRows[] = {
    {DecodeError::kHeaderShort, "header_short", "shorter than the IKE header"},
    {DecodeError::kMajorVersion, "major_version", "not the major version that was expected"},
    {DecodeError::kLengthMismatch, "length_mismatch", "the header's length is not the datagram's"},
    {DecodeError::kInitiatorSpiZero, "initiator_spi_zero", "the initiator's SPI is zero"},
    {DecodeError::kMinorVersion, "minor_version", "a minor version that is newer than ours"},
    {DecodeError::kFlags, "flags", "reserved bits of the header's flags are set"},
    {DecodeError::kMessageId, "message_id", "the message ID is zero outside of phase 1, or is not within it"},
    {DecodeError::kEncryptionFlag, "encryption_flag", "encrypted where clear is due, or the reverse"},
    {DecodeError::kPayloadShort, "payload_short", "a payload's header lies beyond the message"},
    {DecodeError::kPayloadLength, "payload_length", "a payload's length is below its header's or beyond the message"},
    {DecodeError::kPayloadFields, "payload_fields", "a payload is too short for its fields"},
    {DecodeError::kTooManyPayloads, "too_many_payloads", "more payloads than any honest message has"},
    {DecodeError::kChainTrailing, "chain_trailing", "octets follow the last payload"},
    {DecodeError::kUnsupportedCritical, "unsupported_critical", "an unknown payload is marked critical"},
    {DecodeError::kReserved, "reserved", "a reserved field is not zero; in what was decrypted, a sign of another key"},
    {DecodeError::kUnknownPayload, "unknown_payload", "a payload type that this version of IKE does not have"},
    {DecodeError::kSaEmpty, "sa_empty", "no proposal"},
    {DecodeError::kSaTooManyProposals, "sa_too_many_proposals", "more proposals than any honest peer sends"},
    {DecodeError::kSaTooManyTransforms, "sa_too_many_transforms", "more transforms than any honest peer sends"},
    {DecodeError::kProposalLength, "proposal_length", "a proposal's length does not fit its fields or the payload"},
    {DecodeError::kProposalMore, "proposal_more", "last-or-more of a proposal contradicts what follows"},
    {DecodeError::kProposalNumber, "proposal_number", "proposals are not numbered in order"},
    {DecodeError::kProposalSpi, "proposal_spi", "the SPI's size is not one that the protocol has"},
    {DecodeError::kTransformLength, "transform_length", "a transform's length does not fit its fields or the proposal"},
    {DecodeError::kTransformMore, "transform_more", "last-or-more of a transform contradicts the number of transforms"},
    {DecodeError::kTransformCount, "transform_count", "octets follow the last transform of a proposal"},
    {DecodeError::kTransformNumber, "transform_number", "two transforms of one proposal have the same number"},
    {DecodeError::kAttribute, "attribute", "a transform attribute is cut off or there twice"},
    {DecodeError::kKeyLengthZero, "key_length_zero", "a key length of zero"},
    {DecodeError::kKeEmpty, "ke_empty", "no key exchange data"},
    {DecodeError::kIdSize, "id_size", "an identity is empty, too long, or not as long as its type of address"},
    {DecodeError::kAuthEmpty, "auth_empty", "no authentication data"},
    {DecodeError::kCertEmpty, "cert_empty", "no certificate data"},
    {DecodeError::kNonceSize, "nonce_size", "a nonce with fewer octets than the version asks for, or more than 256"},
    {DecodeError::kNotifySpi, "notify_spi", "the SPI of a notification is not as long as any SPI"},
    {DecodeError::kNotifyTooLong, "notify_too_long", "a notification with more data than any has"},
    {DecodeError::kDeleteSpi, "delete_spi", "number and size of the SPIs do not fit the protocol or the payload"},
    {DecodeError::kTsLength, "ts_length", "number or length of the traffic selectors does not fit the payload"},
    {DecodeError::kTsRange, "ts_range", "a traffic selector's range ends before it starts"},
    {DecodeError::kConfigAttribute, "config_attribute", "a configuration attribute is cut off"},
    {DecodeError::kEapLength, "eap_length", "the EAP message's length is not the payload's"},
    {DecodeError::kFragmentNumber, "fragment_number", "fragment number, total or next payload contradict one another"},
    {DecodeError::kDoi, "doi", "a domain of interpretation other than IPsec's"},
    {DecodeError::kSituation, "situation", "a situation other than identity only"},
    {DecodeError::kNotProtected, "not_protected", "no encrypted payload where one is due"},
    {DecodeError::kUnprotectedPayload, "unprotected_payload", "a payload in clear beside the encrypted one"},
    {DecodeError::kIntegrity, "integrity", "not authentic"},
    {DecodeError::kPadding, "padding", "the pad length exceeds the decrypted text"},
    {DecodeError::kCiphertext, "ciphertext", "the ciphertext is not whole blocks"},
    {DecodeError::kExchangeType, "exchange_type", "an exchange type we do not know"},
    {DecodeError::kMissingPayload, "missing_payload", "a mandatory payload is missing"},
    {DecodeError::kDuplicatePayload, "duplicate_payload", "a payload that may be there once is there twice"},
    {DecodeError::kPayloadOrder, "payload_order", "a payload that must come first does not"},
    {DecodeError::kUnexpectedPayload, "unexpected_payload", "a payload that has no place in this exchange"},
};

// The two versions number their payloads apart, so that neither is taken for the other (RFC 7296 3.2): IKEv1 has those
// below 33, and its vendors some private ones.
std::string PayloadName(uint8_t type) {
  const std::string v1 = ikev1::ToString(static_cast<ikev1::PayloadType>(type));
  const std::string v2 = ikev2::ToString(static_cast<ikev2::PayloadType>(type));
  const bool unknown_in_v2 = v2 == std::to_string(type);
  return unknown_in_v2 ? v1 : v2;
}

const Row& RowOf(DecodeError error) {
  for (const Row& row : kRows) {
    if (row.error == error) return row;
  }
  std::abort();
}

}  // namespace

absl::string_view Name(DecodeError error) {
  return RowOf(error).name;
}

absl::string_view Text(DecodeError error) {
  return RowOf(error).text;
}

std::string Malformed::ToString() const {
  if (payload == 0) return std::string(Text(error));
  return absl::StrCat(PayloadName(payload), ": ", Text(error));
}

}  // namespace culvert::wire
