// SPDX-License-Identifier: Apache-2.0
// The numbers of IKEv1 with their names (RFC 2407, 2408, 2409, 3706, 3947 and IANA "ISAKMP Registry", "IPsec Registry";
// the drafts of XAUTH, Mode Config and NAT traversal), and the limits of what we decode. Algorithm numbers are not
// here: libs/ipsec/algorithm.h has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace culvert::wire::ikev1 {

inline constexpr uint8_t kMajorVersion = 1;

enum class ExchangeType : uint8_t {
  kMain = 2,  // "Identity Protection" of RFC 2408
  kAggressive = 4,
  kInformational = 5,
  kTransaction = 6,  // draft-ietf-ipsec-isakmp-mode-cfg
  kQuick = 32,
};

enum class PayloadType : uint8_t {
  kNone = 0,
  kSa = 1,
  kKe = 4,
  kId = 5,
  kCert = 6,
  kCertReq = 7,
  kHash = 8,
  kSignature = 9,
  kNonce = 10,
  kNotify = 11,
  kDelete = 12,
  kVendorId = 13,
  kAttributes = 14,   // draft-ietf-ipsec-isakmp-mode-cfg
  kNatD = 20,         // RFC 3947
  kNatOa = 21,        // RFC 3947
  kNatDDraft = 130,   // draft-ietf-ipsec-nat-t-ike-00 to -03
  kNatOaDraft = 131,  // the same
  kFragment = 132,    // vendor ID FRAGMENTATION
};

// Domains of interpretation. Notifications alone may be of ISAKMP's own (RFC 2408 3.14).
inline constexpr uint32_t kDoiIsakmp = 0;
inline constexpr uint32_t kDoiIpsec = 1;
inline constexpr uint32_t kSituationIdentityOnly = 1;  // RFC 2407 4.2.1, the one that we have

enum class ProtocolId : uint8_t { kNone = 0, kIsakmp = 1, kAh = 2, kEsp = 3, kIpcomp = 4 };  // RFC 2407 4.4.1

enum class NotifyType : uint16_t {
  // errors (RFC 2408 3.14.1): below 16384
  kInvalidPayloadType = 1,
  kDoiNotSupported = 2,
  kSituationNotSupported = 3,
  kInvalidCookie = 4,
  kInvalidMajorVersion = 5,
  kInvalidMinorVersion = 6,
  kInvalidExchangeType = 7,
  kInvalidFlags = 8,
  kInvalidMessageId = 9,
  kInvalidProtocolId = 10,
  kInvalidSpi = 11,
  kInvalidTransformId = 12,
  kAttributesNotSupported = 13,
  kNoProposalChosen = 14,
  kBadProposalSyntax = 15,
  kPayloadMalformed = 16,
  kInvalidKeyInformation = 17,
  kInvalidIdInformation = 18,
  kInvalidCertEncoding = 19,
  kInvalidCertificate = 20,
  kCertTypeUnsupported = 21,
  kInvalidCertAuthority = 22,
  kInvalidHashInformation = 23,
  kAuthenticationFailed = 24,
  kInvalidSignature = 25,
  kAddressNotification = 26,
  kNotifySaLifetime = 27,
  kCertificateUnavailable = 28,
  kUnsupportedExchangeType = 29,
  kUnequalPayloadLengths = 30,
  // status
  kConnected = 16384,
  kResponderLifetime = 24576,  // RFC 2407 4.6.3
  kReplayStatus = 24577,
  kInitialContact = 24578,
  kRUThere = 36136,  // RFC 3706
  kRUThereAck = 36137,
  kUnityLoadBalance = 40501,  // Cisco
};

inline constexpr bool IsError(NotifyType type) {
  return static_cast<uint16_t>(type) < 16384;
}

// Attributes of a phase 1 transform (RFC 2409 appendix A).
enum class Phase1Attribute : uint16_t {
  kEncryption = 1,
  kHash = 2,
  kAuthentication = 3,
  kGroup = 4,
  kGroupType = 5,
  kLifeType = 11,
  kLifeDuration = 12,
  kPrf = 13,
  kKeyLength = 14,
};

inline constexpr uint8_t kTransformKeyIke = 1;  // RFC 2407 4.4.2: the one transform ID of phase 1

// Attributes of an ESP transform (RFC 2407 4.5, RFC 4304).
enum class Phase2Attribute : uint16_t {
  kLifeType = 1,
  kLifeDuration = 2,
  kGroup = 3,
  kEncapsulationMode = 4,
  kAuthentication = 5,
  kKeyLength = 6,
  kExtendedSequenceNumber = 11,
};

enum class LifeType : uint16_t { kSeconds = 1, kKilobytes = 2 };  // in both phases

enum class AuthMethod : uint16_t {
  kPreSharedKey = 1,
  kDssSignature = 2,
  kRsaSignature = 3,
  kRsaEncryption = 4,
  kRevisedRsaEncryption = 5,
  kEcdsaSha256 = 9,  // RFC 4754
  kEcdsaSha384 = 10,
  kEcdsaSha512 = 11,
  kHybridInitRsa = 64221,
  kHybridRespRsa = 64222,
  kXauthInitPreShared = 65001,  // draft-beaulieu-ike-xauth: whoever initiates is the client,
  kXauthRespPreShared = 65002,  // or whoever responds
  kXauthInitRsa = 65005,
  kXauthRespRsa = 65006,
};

enum class EncapsulationMode : uint16_t {
  kTunnel = 1,
  kTransport = 2,
  kUdpTunnel = 3,           // RFC 3947 5.1
  kUdpTransport = 4,        // RFC 3947 5.1
  kUdpTunnelDraft = 61443,  // draft-ietf-ipsec-nat-t-ike-00 to -03
  kUdpTransportDraft = 61444,
};

// RFC 2407 4.6.2.1
enum class IdType : uint8_t {
  kIpv4 = 1,
  kFqdn = 2,
  kUserFqdn = 3,
  kIpv4Subnet = 4,
  kIpv6 = 5,
  kIpv6Subnet = 6,
  kIpv4Range = 7,
  kIpv6Range = 8,
  kDn = 9,
  kGeneralName = 10,
  kKeyId = 11,
};

enum class CertEncoding : uint8_t { kPkcs7 = 1, kX509Signature = 4, kX509KeyExchange = 5, kCrl = 7 };  // RFC 2408 3.9

enum class ConfigType : uint8_t { kRequest = 1, kReply = 2, kSet = 3, kAck = 4 };  // ISAKMP_CFG_…

enum class ConfigAttribute : uint16_t {
  kInternalIp4Address = 1,
  kInternalIp4Netmask = 2,
  kInternalIp4Dns = 3,
  kInternalIp4Nbns = 4,
  kInternalAddressExpiry = 5,
  kInternalIp4Dhcp = 6,
  kApplicationVersion = 7,
  kInternalIp6Address = 8,
  kInternalIp6Netmask = 9,
  kInternalIp6Dns = 10,
  kInternalIp4Subnet = 13,
  kSupportedAttributes = 14,
  kInternalIp6Subnet = 15,
  // draft-beaulieu-ike-xauth
  kXauthType = 16520,
  kXauthUserName = 16521,
  kXauthUserPassword = 16522,
  kXauthPasscode = 16523,
  kXauthMessage = 16524,
  kXauthChallenge = 16525,
  kXauthDomain = 16526,
  kXauthStatus = 16527,
  kXauthNextPin = 16528,
  kXauthAnswer = 16529,
  // Cisco Unity
  kUnityBanner = 28672,
  kUnitySavePassword = 28673,
  kUnityDefaultDomain = 28674,
  kUnitySplitDns = 28675,
  kUnitySplitInclude = 28676,
};

inline constexpr uint16_t kXauthTypeGeneric = 0;
inline constexpr uint16_t kXauthStatusFail = 0;
inline constexpr uint16_t kXauthStatusOk = 1;

// The RFCs' names; numbers without one come out as "41999", so no peer chooses what a log or label says.
std::string ToString(ExchangeType type);  // "MAIN", "QUICK"
std::string ToString(PayloadType type);
std::string ToString(ProtocolId protocol);
std::string ToString(NotifyType type);
std::string ToString(AuthMethod method);
std::string ToString(EncapsulationMode mode);
std::string ToString(IdType type);
std::string ToString(ConfigType type);
std::string ToString(ConfigAttribute attribute);

// Caps on a peer's counts and sizes: above any honest message, far below what would hurt.
inline constexpr size_t kMaxPayloads = 64;     // of one message
inline constexpr size_t kMaxProposals = 64;    // of one SA payload
inline constexpr size_t kMaxTransforms = 512;  // of one SA payload, over all proposals
inline constexpr size_t kMaxAttributes = 64;   // of one transform, and of one Attributes payload
inline constexpr size_t kMaxSpisInDelete = 256;
inline constexpr size_t kMaxNotifyData = 4096;
inline constexpr size_t kMaxIdentity = 4096;
inline constexpr size_t kMinNonce = 8;  // RFC 2409 5
inline constexpr size_t kMaxNonce = 256;
inline constexpr size_t kMaxIsakmpSpi = 16;  // RFC 2408 3.5: 0 to 16 octets, of no meaning

}  // namespace culvert::wire::ikev1
