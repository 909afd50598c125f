// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/diagnosis.h"

namespace culvert::iked {

absl::string_view Name(DiagnosisCode code) {
  switch (code) {
    case DiagnosisCode::kNoResponse:
      return "NO_RESPONSE";
    case DiagnosisCode::kPortUnreachable:
      return "PORT_UNREACHABLE";
    case DiagnosisCode::kNameNotResolved:
      return "NAME_NOT_RESOLVED";
    case DiagnosisCode::kNoRouteToPeer:
      return "NO_ROUTE_TO_PEER";
    case DiagnosisCode::kNoTunnelForPeer:
      return "NO_TUNNEL_FOR_PEER";
    case DiagnosisCode::kIkeProposalMismatch:
      return "IKE_PROPOSAL_MISMATCH";
    case DiagnosisCode::kEspProposalMismatch:
      return "ESP_PROPOSAL_MISMATCH";
    case DiagnosisCode::kKeGroupMismatch:
      return "KE_GROUP_MISMATCH";
    case DiagnosisCode::kPskMismatch:
      return "PSK_MISMATCH";
    case DiagnosisCode::kPeerRefusedAuthentication:
      return "PEER_REFUSED_AUTHENTICATION";
    case DiagnosisCode::kPeerIdMismatch:
      return "PEER_ID_MISMATCH";
    case DiagnosisCode::kNoSecretForPeer:
      return "NO_SECRET_FOR_PEER";
    case DiagnosisCode::kAuthMethodMismatch:
      return "AUTH_METHOD_MISMATCH";
    case DiagnosisCode::kTrafficSelectorsUnacceptable:
      return "TRAFFIC_SELECTORS_UNACCEPTABLE";
    case DiagnosisCode::kTransportRefused:
      return "TRANSPORT_REFUSED";
    case DiagnosisCode::kVersionMismatch:
      return "VERSION_MISMATCH";
    case DiagnosisCode::kInvalidMessage:
      return "INVALID_MESSAGE";
    case DiagnosisCode::kPeerDeleted:
      return "PEER_DELETED";
    case DiagnosisCode::kDeadPeer:
      return "DEAD_PEER";
    case DiagnosisCode::kInstallFailed:
      return "INSTALL_FAILED";
    case DiagnosisCode::kPeerBusy:
      return "PEER_BUSY";
    case DiagnosisCode::kLifetimeExpired:
      return "LIFETIME_EXPIRED";
    case DiagnosisCode::kReplaced:
      return "REPLACED";
    case DiagnosisCode::kTunnelDisabled:
      return "TUNNEL_DISABLED";
    case DiagnosisCode::kUnsupportedCriticalPayload:
      return "UNSUPPORTED_CRITICAL_PAYLOAD";
    case DiagnosisCode::kNarrowed:
      return "NARROWED";
    case DiagnosisCode::kEncapsulationRefused:
      return "ENCAPSULATION_REFUSED";
    case DiagnosisCode::kNotSupported:
      return "NOT_SUPPORTED";
  }
  return "UNSPECIFIED";
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
  }
  return "UNSPECIFIED";
}

}  // namespace culvert::iked
