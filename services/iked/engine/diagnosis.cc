// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {
namespace {

// The words of culvert.ike.v1.DiagnosisCode, by number; a test holds the two together.
constexpr absl::string_view kCodes[] = {
    "UNSPECIFIED",
    "NO_RESPONSE",
    "PORT_UNREACHABLE",
    "NAME_NOT_RESOLVED",
    "NO_ROUTE_TO_PEER",
    "NO_TUNNEL_FOR_PEER",
    "IKE_PROPOSAL_MISMATCH",
    "ESP_PROPOSAL_MISMATCH",
    "KE_GROUP_MISMATCH",
    "PSK_MISMATCH",
    "PEER_REFUSED_AUTHENTICATION",
    "PEER_ID_MISMATCH",
    "NO_SECRET_FOR_PEER",
    "AUTH_METHOD_MISMATCH",
    "TRAFFIC_SELECTORS_UNACCEPTABLE",
    "TRANSPORT_REFUSED",
    "VERSION_MISMATCH",
    "INVALID_MESSAGE",
    "PEER_DELETED",
    "DEAD_PEER",
    "INSTALL_FAILED",
    "PEER_BUSY",
    "LIFETIME_EXPIRED",
    "REPLACED",
    "TUNNEL_DISABLED",
    "UNSUPPORTED_CRITICAL_PAYLOAD",
    "NARROWED",
    "ENCAPSULATION_REFUSED",
    "NOT_SUPPORTED",
    "CERTIFICATE_MISSING",
    "CERT_EXPIRED",
    "CERT_NOT_YET_VALID",
    "CERT_REVOKED",
    "CERT_UNTRUSTED",
    "CERT_INVALID",
    "ID_NOT_IN_CERTIFICATE",
    "SIGNATURE_INVALID",
    "SIGNATURE_ALGORITHM_MISMATCH",
    "REVOCATION_UNKNOWN",
    "CLOCK_SUSPECT",
    "EAP_FAILED",
    "EAP_METHOD_MISMATCH",
    "PPK_MISMATCH",
    "PPK_MISSING",
    "ADDRESS_POOL_EMPTY",
    "VIRTUAL_IP_MISSING",
    "TRANSPORT_NAT_CONFLICT",
    "TUNNEL_HELD_DOWN",
    "LIMIT_REACHED",
    "DOWNGRADE_REFUSED",
    "AGGRESSIVE_PSK_REFUSED",
    "XAUTH_FAILED",
    "MODE_MISMATCH",
    "NAT_TRAVERSAL_MISSING",
    "EXCHANGE_TOO_LARGE",
};

}  // namespace

absl::string_view Name(DiagnosisCode code) {
  const auto number = static_cast<size_t>(code);
  return number < std::size(kCodes) ? kCodes[number] : kCodes[0];
}

absl::string_view Name(Phase phase) {
  switch (phase) {
    case Phase::kResolve:
      return "RESOLVE";
    case Phase::kIkeSaInit:
      return "IKE_SA_INIT";
    case Phase::kIkeAuth:
      return "IKE_AUTH";
    case Phase::kCreateChildSa:
      return "CREATE_CHILD_SA";
    case Phase::kInformational:
      return "INFORMATIONAL";
    case Phase::kInstall:
      return "INSTALL";
    case Phase::kMainMode:
      return "MAIN_MODE";
    case Phase::kAggressiveMode:
      return "AGGRESSIVE_MODE";
    case Phase::kQuickMode:
      return "QUICK_MODE";
    case Phase::kTransaction:
      return "TRANSACTION";
  }
  return "UNSPECIFIED";
}

}  // namespace culvert::iked
