// SPDX-License-Identifier: Apache-2.0
// Why something failed, for the person who has to mend it: what was expected, what came, which field to look at first.
// Enumerators carry the numbers of culvert.ike.v1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace culvert::iked {

enum class DiagnosisCode : uint8_t {
  kNoResponse = 1,
  kPortUnreachable = 2,
  kNameNotResolved = 3,
  kNoRouteToPeer = 4,
  kNoTunnelForPeer = 5,
  kIkeProposalMismatch = 6,
  kEspProposalMismatch = 7,
  kKeGroupMismatch = 8,
  kPskMismatch = 9,
  kPeerRefusedAuthentication = 10,
  kPeerIdMismatch = 11,
  kNoSecretForPeer = 12,
  kAuthMethodMismatch = 13,
  kTrafficSelectorsUnacceptable = 14,
  kTransportRefused = 15,
  kVersionMismatch = 16,
  kInvalidMessage = 17,
  kPeerDeleted = 18,
  kDeadPeer = 19,
  kInstallFailed = 20,
  kPeerBusy = 21,
  kLifetimeExpired = 22,
  kReplaced = 23,
  kTunnelDisabled = 24,
  kUnsupportedCriticalPayload = 25,
  kNarrowed = 26,
  kEncapsulationRefused = 27,
  kNotSupported = 28,
  kCertificateMissing = 29,
  kCertExpired = 30,
  kCertNotYetValid = 31,
  kCertRevoked = 32,
  kCertUntrusted = 33,
  kCertInvalid = 34,
  kIdNotInCertificate = 35,
  kSignatureInvalid = 36,
  kSignatureAlgorithmMismatch = 37,
  kRevocationUnknown = 38,
  kClockSuspect = 39,
  kEapFailed = 40,
  kEapMethodMismatch = 41,
  kPpkMismatch = 42,
  kPpkMissing = 43,
  kAddressPoolEmpty = 44,
  kVirtualIpMissing = 45,
  kTransportNatConflict = 46,
  kTunnelHeldDown = 47,
  kLimitReached = 48,
  kDowngradeRefused = 49,
  kAggressivePskRefused = 50,
  kXauthFailed = 51,
  kModeMismatch = 52,
  kNatTraversalMissing = 53,
  kExchangeTooLarge = 54,
};

enum class Phase : uint8_t {
  kResolve = 1,
  kIkeSaInit = 2,
  kIkeAuth = 3,
  kCreateChildSa = 4,
  kInformational = 5,
  kInstall = 6,
  kMainMode = 7,  // IKEv1, as the rest: phase 1
  kAggressiveMode = 8,
  kQuickMode = 9,     // phase 2
  kTransaction = 10,  // XAUTH and Mode Config
};

enum class Side : uint8_t { kInitiator = 1, kResponder = 2 };

struct Diagnosis {
  DiagnosisCode code = DiagnosisCode::kNoResponse;
  Phase phase = Phase::kIkeSaInit;
  Side side = Side::kInitiator;  // our role in the exchange
  std::string summary;           // one sentence
  std::string field;             // the configuration field to look at first: "tunnels[to-b].ike.proposals"
  std::string expected;
  std::string received;
  std::vector<std::string> likely_causes;
  std::vector<std::string> fixes;  // imperative
  absl::Time time;
  std::string peer;    // "192.0.2.2:500"
  std::string tunnel;  // empty where no tunnel matched
};

absl::string_view Name(DiagnosisCode code);  // "PSK_MISMATCH", as the contract words it
absl::string_view Name(Phase phase);

}  // namespace culvert::iked
