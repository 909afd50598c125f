// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev1/constants.h"

#include "libs/wire/named.h"

namespace culvert::wire::ikev1 {
namespace {

constexpr Named<ExchangeType> kExchanges[] = {
    {ExchangeType::kMain, "MAIN"},
    {ExchangeType::kAggressive, "AGGRESSIVE"},
    {ExchangeType::kInformational, "INFORMATIONAL"},
    {ExchangeType::kTransaction, "TRANSACTION"},
    {ExchangeType::kQuick, "QUICK"},
};

constexpr Named<PayloadType> kPayloads[] = {
    {PayloadType::kNone, "none"},
    {PayloadType::kSa, "SA"},
    {PayloadType::kKe, "KE"},
    {PayloadType::kId, "ID"},
    {PayloadType::kCert, "CERT"},
    {PayloadType::kCertReq, "CERTREQ"},
    {PayloadType::kHash, "HASH"},
    {PayloadType::kSignature, "SIG"},
    {PayloadType::kNonce, "Nonce"},
    {PayloadType::kNotify, "N"},
    {PayloadType::kDelete, "D"},
    {PayloadType::kVendorId, "VID"},
    {PayloadType::kAttributes, "ATTR"},
    {PayloadType::kNatD, "NAT-D"},
    {PayloadType::kNatOa, "NAT-OA"},
    {PayloadType::kNatDDraft, "NAT-D"},
    {PayloadType::kNatOaDraft, "NAT-OA"},
    {PayloadType::kFragment, "FRAGMENT"},
};

constexpr Named<ProtocolId> kProtocols[] = {
    {ProtocolId::kNone, "none"}, {ProtocolId::kIsakmp, "ISAKMP"}, {ProtocolId::kAh, "AH"},
    {ProtocolId::kEsp, "ESP"},   {ProtocolId::kIpcomp, "IPCOMP"},
};

constexpr Named<NotifyType> kNotifies[] = {
    {NotifyType::kInvalidPayloadType, "INVALID-PAYLOAD-TYPE"},
    {NotifyType::kDoiNotSupported, "DOI-NOT-SUPPORTED"},
    {NotifyType::kSituationNotSupported, "SITUATION-NOT-SUPPORTED"},
    {NotifyType::kInvalidCookie, "INVALID-COOKIE"},
    {NotifyType::kInvalidMajorVersion, "INVALID-MAJOR-VERSION"},
    {NotifyType::kInvalidMinorVersion, "INVALID-MINOR-VERSION"},
    {NotifyType::kInvalidExchangeType, "INVALID-EXCHANGE-TYPE"},
    {NotifyType::kInvalidFlags, "INVALID-FLAGS"},
    {NotifyType::kInvalidMessageId, "INVALID-MESSAGE-ID"},
    {NotifyType::kInvalidProtocolId, "INVALID-PROTOCOL-ID"},
    {NotifyType::kInvalidSpi, "INVALID-SPI"},
    {NotifyType::kInvalidTransformId, "INVALID-TRANSFORM-ID"},
    {NotifyType::kAttributesNotSupported, "ATTRIBUTES-NOT-SUPPORTED"},
    {NotifyType::kNoProposalChosen, "NO-PROPOSAL-CHOSEN"},
    {NotifyType::kBadProposalSyntax, "BAD-PROPOSAL-SYNTAX"},
    {NotifyType::kPayloadMalformed, "PAYLOAD-MALFORMED"},
    {NotifyType::kInvalidKeyInformation, "INVALID-KEY-INFORMATION"},
    {NotifyType::kInvalidIdInformation, "INVALID-ID-INFORMATION"},
    {NotifyType::kInvalidCertEncoding, "INVALID-CERT-ENCODING"},
    {NotifyType::kInvalidCertificate, "INVALID-CERTIFICATE"},
    {NotifyType::kCertTypeUnsupported, "CERT-TYPE-UNSUPPORTED"},
    {NotifyType::kInvalidCertAuthority, "INVALID-CERT-AUTHORITY"},
    {NotifyType::kInvalidHashInformation, "INVALID-HASH-INFORMATION"},
    {NotifyType::kAuthenticationFailed, "AUTHENTICATION-FAILED"},
    {NotifyType::kInvalidSignature, "INVALID-SIGNATURE"},
    {NotifyType::kAddressNotification, "ADDRESS-NOTIFICATION"},
    {NotifyType::kNotifySaLifetime, "NOTIFY-SA-LIFETIME"},
    {NotifyType::kCertificateUnavailable, "CERTIFICATE-UNAVAILABLE"},
    {NotifyType::kUnsupportedExchangeType, "UNSUPPORTED-EXCHANGE-TYPE"},
    {NotifyType::kUnequalPayloadLengths, "UNEQUAL-PAYLOAD-LENGTHS"},
    {NotifyType::kConnected, "CONNECTED"},
    {NotifyType::kResponderLifetime, "RESPONDER-LIFETIME"},
    {NotifyType::kReplayStatus, "REPLAY-STATUS"},
    {NotifyType::kInitialContact, "INITIAL-CONTACT"},
    {NotifyType::kRUThere, "R-U-THERE"},
    {NotifyType::kRUThereAck, "R-U-THERE-ACK"},
    {NotifyType::kUnityLoadBalance, "UNITY-LOAD-BALANCE"},
};

constexpr Named<AuthMethod> kAuthMethods[] = {
    {AuthMethod::kPreSharedKey, "PSK"},
    {AuthMethod::kDssSignature, "DSS-SIG"},
    {AuthMethod::kRsaSignature, "RSA-SIG"},
    {AuthMethod::kRsaEncryption, "RSA-ENC"},
    {AuthMethod::kRevisedRsaEncryption, "RSA-ENC-REVISED"},
    {AuthMethod::kEcdsaSha256, "ECDSA-256"},
    {AuthMethod::kEcdsaSha384, "ECDSA-384"},
    {AuthMethod::kEcdsaSha512, "ECDSA-521"},
    {AuthMethod::kHybridInitRsa, "HybridInitRSA"},
    {AuthMethod::kHybridRespRsa, "HybridRespRSA"},
    {AuthMethod::kXauthInitPreShared, "XAUTHInitPreShared"},
    {AuthMethod::kXauthRespPreShared, "XAUTHRespPreShared"},
    {AuthMethod::kXauthInitRsa, "XAUTHInitRSA"},
    {AuthMethod::kXauthRespRsa, "XAUTHRespRSA"},
};

constexpr Named<EncapsulationMode> kModes[] = {
    {EncapsulationMode::kTunnel, "Tunnel"},
    {EncapsulationMode::kTransport, "Transport"},
    {EncapsulationMode::kUdpTunnel, "UDP-Encapsulated-Tunnel"},
    {EncapsulationMode::kUdpTransport, "UDP-Encapsulated-Transport"},
    {EncapsulationMode::kUdpTunnelDraft, "UDP-Encapsulated-Tunnel (draft)"},
    {EncapsulationMode::kUdpTransportDraft, "UDP-Encapsulated-Transport (draft)"},
};

constexpr Named<IdType> kIdTypes[] = {
    {IdType::kIpv4, "ID_IPV4_ADDR"},
    {IdType::kFqdn, "ID_FQDN"},
    {IdType::kUserFqdn, "ID_USER_FQDN"},
    {IdType::kIpv4Subnet, "ID_IPV4_ADDR_SUBNET"},
    {IdType::kIpv6, "ID_IPV6_ADDR"},
    {IdType::kIpv6Subnet, "ID_IPV6_ADDR_SUBNET"},
    {IdType::kIpv4Range, "ID_IPV4_ADDR_RANGE"},
    {IdType::kIpv6Range, "ID_IPV6_ADDR_RANGE"},
    {IdType::kDn, "ID_DER_ASN1_DN"},
    {IdType::kGeneralName, "ID_DER_ASN1_GN"},
    {IdType::kKeyId, "ID_KEY_ID"},
};

constexpr Named<ConfigType> kConfigTypes[] = {
    {ConfigType::kRequest, "REQUEST"},
    {ConfigType::kReply, "REPLY"},
    {ConfigType::kSet, "SET"},
    {ConfigType::kAck, "ACK"},
};

constexpr Named<ConfigAttribute> kConfigAttributes[] = {
    {ConfigAttribute::kInternalIp4Address, "INTERNAL_IP4_ADDRESS"},
    {ConfigAttribute::kInternalIp4Netmask, "INTERNAL_IP4_NETMASK"},
    {ConfigAttribute::kInternalIp4Dns, "INTERNAL_IP4_DNS"},
    {ConfigAttribute::kInternalIp4Nbns, "INTERNAL_IP4_NBNS"},
    {ConfigAttribute::kInternalAddressExpiry, "INTERNAL_ADDRESS_EXPIRY"},
    {ConfigAttribute::kInternalIp4Dhcp, "INTERNAL_IP4_DHCP"},
    {ConfigAttribute::kApplicationVersion, "APPLICATION_VERSION"},
    {ConfigAttribute::kInternalIp6Address, "INTERNAL_IP6_ADDRESS"},
    {ConfigAttribute::kInternalIp6Netmask, "INTERNAL_IP6_NETMASK"},
    {ConfigAttribute::kInternalIp6Dns, "INTERNAL_IP6_DNS"},
    {ConfigAttribute::kInternalIp4Subnet, "INTERNAL_IP4_SUBNET"},
    {ConfigAttribute::kSupportedAttributes, "SUPPORTED_ATTRIBUTES"},
    {ConfigAttribute::kInternalIp6Subnet, "INTERNAL_IP6_SUBNET"},
    {ConfigAttribute::kXauthType, "XAUTH-TYPE"},
    {ConfigAttribute::kXauthUserName, "XAUTH-USER-NAME"},
    {ConfigAttribute::kXauthUserPassword, "XAUTH-USER-PASSWORD"},
    {ConfigAttribute::kXauthPasscode, "XAUTH-PASSCODE"},
    {ConfigAttribute::kXauthMessage, "XAUTH-MESSAGE"},
    {ConfigAttribute::kXauthChallenge, "XAUTH-CHALLENGE"},
    {ConfigAttribute::kXauthDomain, "XAUTH-DOMAIN"},
    {ConfigAttribute::kXauthStatus, "XAUTH-STATUS"},
    {ConfigAttribute::kXauthNextPin, "XAUTH-NEXT-PIN"},
    {ConfigAttribute::kXauthAnswer, "XAUTH-ANSWER"},
    {ConfigAttribute::kUnityBanner, "UNITY-BANNER"},
    {ConfigAttribute::kUnitySavePassword, "UNITY-SAVE-PASSWD"},
    {ConfigAttribute::kUnityDefaultDomain, "UNITY-DEF-DOMAIN"},
    {ConfigAttribute::kUnitySplitDns, "UNITY-SPLITDNS-NAME"},
    {ConfigAttribute::kUnitySplitInclude, "UNITY-SPLIT-INCLUDE"},
};

}  // namespace

std::string ToString(ExchangeType type) {
  return NameIn(kExchanges, type);
}
std::string ToString(PayloadType type) {
  return NameIn(kPayloads, type);
}
std::string ToString(ProtocolId protocol) {
  return NameIn(kProtocols, protocol);
}
std::string ToString(NotifyType type) {
  return NameIn(kNotifies, type);
}
std::string ToString(AuthMethod method) {
  return NameIn(kAuthMethods, method);
}
std::string ToString(EncapsulationMode mode) {
  return NameIn(kModes, mode);
}
std::string ToString(IdType type) {
  return NameIn(kIdTypes, type);
}
std::string ToString(ConfigType type) {
  return NameIn(kConfigTypes, type);
}
std::string ToString(ConfigAttribute attribute) {
  return NameIn(kConfigAttributes, attribute);
}

}  // namespace culvert::wire::ikev1
