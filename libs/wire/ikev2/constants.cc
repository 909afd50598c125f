// SPDX-License-Identifier: Apache-2.0
#include "libs/wire/ikev2/constants.h"

#include "libs/wire/named.h"

namespace culvert::wire::ikev2 {
namespace {

constexpr Named<ExchangeType> kExchanges[] = {
    {ExchangeType::kIkeSaInit, "IKE_SA_INIT"},
    {ExchangeType::kIkeAuth, "IKE_AUTH"},
    {ExchangeType::kCreateChildSa, "CREATE_CHILD_SA"},
    {ExchangeType::kInformational, "INFORMATIONAL"},
};

constexpr Named<PayloadType> kPayloads[] = {
    {PayloadType::kNone, "none"},       {PayloadType::kSa, "SA"},     {PayloadType::kKe, "KE"},
    {PayloadType::kIdI, "IDi"},         {PayloadType::kIdR, "IDr"},   {PayloadType::kCert, "CERT"},
    {PayloadType::kCertReq, "CERTREQ"}, {PayloadType::kAuth, "AUTH"}, {PayloadType::kNonce, "Nonce"},
    {PayloadType::kNotify, "N"},        {PayloadType::kDelete, "D"},  {PayloadType::kVendorId, "V"},
    {PayloadType::kTsI, "TSi"},         {PayloadType::kTsR, "TSr"},   {PayloadType::kSk, "SK"},
    {PayloadType::kConfig, "CP"},       {PayloadType::kEap, "EAP"},   {PayloadType::kSkf, "SKF"},
};

constexpr Named<NotifyType> kNotifies[] = {
    {NotifyType::kUnsupportedCriticalPayload, "UNSUPPORTED_CRITICAL_PAYLOAD"},
    {NotifyType::kInvalidIkeSpi, "INVALID_IKE_SPI"},
    {NotifyType::kInvalidMajorVersion, "INVALID_MAJOR_VERSION"},
    {NotifyType::kInvalidSyntax, "INVALID_SYNTAX"},
    {NotifyType::kInvalidMessageId, "INVALID_MESSAGE_ID"},
    {NotifyType::kInvalidSpi, "INVALID_SPI"},
    {NotifyType::kNoProposalChosen, "NO_PROPOSAL_CHOSEN"},
    {NotifyType::kInvalidKePayload, "INVALID_KE_PAYLOAD"},
    {NotifyType::kAuthenticationFailed, "AUTHENTICATION_FAILED"},
    {NotifyType::kSinglePairRequired, "SINGLE_PAIR_REQUIRED"},
    {NotifyType::kNoAdditionalSas, "NO_ADDITIONAL_SAS"},
    {NotifyType::kInternalAddressFailure, "INTERNAL_ADDRESS_FAILURE"},
    {NotifyType::kFailedCpRequired, "FAILED_CP_REQUIRED"},
    {NotifyType::kTsUnacceptable, "TS_UNACCEPTABLE"},
    {NotifyType::kInvalidSelectors, "INVALID_SELECTORS"},
    {NotifyType::kUnacceptableAddresses, "UNACCEPTABLE_ADDRESSES"},
    {NotifyType::kUnexpectedNatDetected, "UNEXPECTED_NAT_DETECTED"},
    {NotifyType::kTemporaryFailure, "TEMPORARY_FAILURE"},
    {NotifyType::kChildSaNotFound, "CHILD_SA_NOT_FOUND"},
    {NotifyType::kInitialContact, "INITIAL_CONTACT"},
    {NotifyType::kSetWindowSize, "SET_WINDOW_SIZE"},
    {NotifyType::kAdditionalTsPossible, "ADDITIONAL_TS_POSSIBLE"},
    {NotifyType::kIpcompSupported, "IPCOMP_SUPPORTED"},
    {NotifyType::kNatDetectionSourceIp, "NAT_DETECTION_SOURCE_IP"},
    {NotifyType::kNatDetectionDestinationIp, "NAT_DETECTION_DESTINATION_IP"},
    {NotifyType::kCookie, "COOKIE"},
    {NotifyType::kUseTransportMode, "USE_TRANSPORT_MODE"},
    {NotifyType::kHttpCertLookupSupported, "HTTP_CERT_LOOKUP_SUPPORTED"},
    {NotifyType::kRekeySa, "REKEY_SA"},
    {NotifyType::kEspTfcPaddingNotSupported, "ESP_TFC_PADDING_NOT_SUPPORTED"},
    {NotifyType::kNonFirstFragmentsAlso, "NON_FIRST_FRAGMENTS_ALSO"},
    {NotifyType::kMobikeSupported, "MOBIKE_SUPPORTED"},
    {NotifyType::kAdditionalIp4Address, "ADDITIONAL_IP4_ADDRESS"},
    {NotifyType::kAdditionalIp6Address, "ADDITIONAL_IP6_ADDRESS"},
    {NotifyType::kNoAdditionalAddresses, "NO_ADDITIONAL_ADDRESSES"},
    {NotifyType::kUpdateSaAddresses, "UPDATE_SA_ADDRESSES"},
    {NotifyType::kCookie2, "COOKIE2"},
    {NotifyType::kNoNatsAllowed, "NO_NATS_ALLOWED"},
    {NotifyType::kAuthLifetime, "AUTH_LIFETIME"},
    {NotifyType::kMultipleAuthSupported, "MULTIPLE_AUTH_SUPPORTED"},
    {NotifyType::kAnotherAuthFollows, "ANOTHER_AUTH_FOLLOWS"},
    {NotifyType::kRedirectSupported, "REDIRECT_SUPPORTED"},
    {NotifyType::kRedirect, "REDIRECT"},
    {NotifyType::kRedirectedFrom, "REDIRECTED_FROM"},
    {NotifyType::kEapOnlyAuthentication, "EAP_ONLY_AUTHENTICATION"},
    {NotifyType::kChildlessIkev2Supported, "CHILDLESS_IKEV2_SUPPORTED"},
    {NotifyType::kQuickCrashDetection, "QUICK_CRASH_DETECTION"},
    {NotifyType::kIkev2FragmentationSupported, "IKEV2_FRAGMENTATION_SUPPORTED"},
    {NotifyType::kSignatureHashAlgorithms, "SIGNATURE_HASH_ALGORITHMS"},
    {NotifyType::kUsePpk, "USE_PPK"},
    {NotifyType::kPpkIdentity, "PPK_IDENTITY"},
    {NotifyType::kNoPpkAuth, "NO_PPK_AUTH"},
    {NotifyType::kIntermediateExchangeSupported, "INTERMEDIATE_EXCHANGE_SUPPORTED"},
};

constexpr Named<AuthMethod> kAuthMethods[] = {
    {AuthMethod::kRsaSignature, "RSA"},
    {AuthMethod::kSharedKey, "PSK"},
    {AuthMethod::kDssSignature, "DSS"},
    {AuthMethod::kEcdsaSha256P256, "ECDSA_SHA256_P256"},
    {AuthMethod::kEcdsaSha384P384, "ECDSA_SHA384_P384"},
    {AuthMethod::kEcdsaSha512P521, "ECDSA_SHA512_P521"},
    {AuthMethod::kNull, "NULL"},
    {AuthMethod::kDigitalSignature, "DIGITAL_SIGNATURE"},
};

constexpr Named<ProtocolId> kProtocols[] = {
    {ProtocolId::kNone, "none"}, {ProtocolId::kIke, "IKE"}, {ProtocolId::kAh, "AH"}, {ProtocolId::kEsp, "ESP"}};

}  // namespace

std::string ToString(ExchangeType type) {
  return NameIn(kExchanges, type);
}
std::string ToString(PayloadType type) {
  return NameIn(kPayloads, type);
}
std::string ToString(NotifyType type) {
  return NameIn(kNotifies, type);
}
std::string ToString(AuthMethod method) {
  return NameIn(kAuthMethods, method);
}
std::string ToString(ProtocolId protocol) {
  return NameIn(kProtocols, protocol);
}

}  // namespace culvert::wire::ikev2
