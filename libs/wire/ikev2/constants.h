// SPDX-License-Identifier: Apache-2.0
// The numbers of IKEv2 (RFC 7296 and IANA "IKEv2 Parameters") with their names, and the limits of what we decode.
// Algorithm numbers are not here: libs/ipsec/algorithm.h has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace culvert::wire::ikev2 {

enum class ExchangeType : uint8_t {
  kIkeSaInit = 34,
  kIkeAuth = 35,
  kCreateChildSa = 36,
  kInformational = 37,
};

enum class PayloadType : uint8_t {
  kNone = 0,
  kSa = 33,
  kKe = 34,
  kIdI = 35,
  kIdR = 36,
  kCert = 37,
  kCertReq = 38,
  kAuth = 39,
  kNonce = 40,
  kNotify = 41,
  kDelete = 42,
  kVendorId = 43,
  kTsI = 44,
  kTsR = 45,
  kSk = 46,
  kConfig = 47,
  kEap = 48,
  kSkf = 53,  // RFC 7383
};

enum class ProtocolId : uint8_t { kNone = 0, kIke = 1, kAh = 2, kEsp = 3 };

enum class NotifyType : uint16_t {
  // errors: below 16384
  kUnsupportedCriticalPayload = 1,
  kInvalidIkeSpi = 4,
  kInvalidMajorVersion = 5,
  kInvalidSyntax = 7,
  kInvalidMessageId = 9,
  kInvalidSpi = 11,
  kNoProposalChosen = 14,
  kInvalidKePayload = 17,
  kAuthenticationFailed = 24,
  kSinglePairRequired = 34,
  kNoAdditionalSas = 35,
  kInternalAddressFailure = 36,
  kFailedCpRequired = 37,
  kTsUnacceptable = 38,
  kInvalidSelectors = 39,
  kUnacceptableAddresses = 40,  // RFC 4555
  kUnexpectedNatDetected = 41,
  kTemporaryFailure = 43,
  kChildSaNotFound = 44,
  // status
  kInitialContact = 16384,
  kSetWindowSize = 16385,
  kAdditionalTsPossible = 16386,
  kIpcompSupported = 16387,
  kNatDetectionSourceIp = 16388,
  kNatDetectionDestinationIp = 16389,
  kCookie = 16390,
  kUseTransportMode = 16391,
  kHttpCertLookupSupported = 16392,
  kRekeySa = 16393,
  kEspTfcPaddingNotSupported = 16394,
  kNonFirstFragmentsAlso = 16395,
  kMobikeSupported = 16396,  // RFC 4555
  kAdditionalIp4Address = 16397,
  kAdditionalIp6Address = 16398,
  kNoAdditionalAddresses = 16399,
  kUpdateSaAddresses = 16400,
  kCookie2 = 16401,
  kNoNatsAllowed = 16402,
  kAuthLifetime = 16403,           // RFC 4478
  kMultipleAuthSupported = 16404,  // RFC 4739
  kAnotherAuthFollows = 16405,
  kRedirectSupported = 16406,  // RFC 5685
  kRedirect = 16407,
  kRedirectedFrom = 16408,
  kEapOnlyAuthentication = 16417,        // RFC 5998
  kChildlessIkev2Supported = 16418,      // RFC 6023
  kQuickCrashDetection = 16419,          // RFC 6290
  kIkev2FragmentationSupported = 16430,  // RFC 7383
  kSignatureHashAlgorithms = 16431,      // RFC 7427
  kUsePpk = 16435,                       // RFC 8784
  kPpkIdentity = 16436,
  kNoPpkAuth = 16437,
  kIntermediateExchangeSupported = 16438,  // RFC 9242
};

inline constexpr bool IsError(NotifyType type) {
  return static_cast<uint16_t>(type) < 16384;
}

enum class AuthMethod : uint8_t {
  kRsaSignature = 1,
  kSharedKey = 2,
  kDssSignature = 3,
  kEcdsaSha256P256 = 9,  // RFC 4754
  kEcdsaSha384P384 = 10,
  kEcdsaSha512P521 = 11,
  kNull = 13,              // RFC 7619
  kDigitalSignature = 14,  // RFC 7427
};

enum class CertEncoding : uint8_t {
  kX509Signature = 4,
  kCrl = 7,
  kHashAndUrlX509 = 12,
  kHashAndUrlBundle = 13,
  kOcsp = 14,  // RFC 4806
};

enum class ConfigType : uint8_t { kRequest = 1, kReply = 2, kSet = 3, kAck = 4 };

enum class ConfigAttributeType : uint16_t {
  kInternalIp4Address = 1,
  kInternalIp4Netmask = 2,
  kInternalIp4Dns = 3,
  kInternalIp4Nbns = 4,
  kInternalIp4Dhcp = 6,
  kApplicationVersion = 7,
  kInternalIp6Address = 8,
  kInternalIp6Dns = 10,
  kInternalIp6Dhcp = 12,
  kInternalIp4Subnet = 13,
  kSupportedAttributes = 14,
  kInternalIp6Subnet = 15,
  kInternalDnsDomain = 25,  // RFC 8598
};

// IANA's names; numbers without one come out as "41999", so no peer chooses what a log or label says.
std::string ToString(ExchangeType type);
std::string ToString(PayloadType type);
std::string ToString(NotifyType type);
std::string ToString(AuthMethod method);
std::string ToString(ProtocolId protocol);

// Caps on a peer's counts and sizes: above any honest message, far below what would hurt.
inline constexpr size_t kMaxPayloads = 64;  // of one message
inline constexpr size_t kMaxProposals = 64;
inline constexpr size_t kMaxTransforms = 512;  // of one SA payload, over all proposals
inline constexpr size_t kMaxSpisInDelete = 256;
inline constexpr size_t kMaxNotifyData = 4096;
inline constexpr size_t kMaxIdentity = 4096;  // DNs are long; text identities are 255 (libs/ipsec/identity.h)
inline constexpr size_t kMinNonce = 16;       // RFC 7296 3.9
inline constexpr size_t kMaxNonce = 256;
inline constexpr size_t kMaxFragments = 255;  // of one message; 64 KiB in fragments of 257 octets

}  // namespace culvert::wire::ikev2
