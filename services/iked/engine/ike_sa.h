// SPDX-License-Identifier: Apache-2.0
// An IKE SA: plain state. What changes it is in transitions.cc and the handlers named there; what is needed only while
// it is being made hangs in a record of its own, so that an idle SA is small.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/bytes.h"
#include "libs/base/ip.h"
#include "libs/base/secret.h"
#include "libs/crypto/cipher.h"
#include "libs/crypto/prf.h"
#include "libs/ipsec/identity.h"
#include "libs/ipsec/proposal.h"
#include "libs/wire/ikev2/constants.h"
#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/auth_progress.h"
#include "services/iked/engine/child_sa.h"
#include "services/iked/engine/config.h"
#include "services/iked/engine/job.h"
#include "services/iked/engine/reassembly.h"

namespace culvert::iked {

struct Tunnel;
struct Mobike;
struct VirtualAddresses;
namespace ikev1 {
struct State;
}

// How much of a tunnel's traffic the CHILD_SAs of one IKE SA carry.
enum class Coverage : uint8_t { kNone, kSome, kAll };

enum class IkeState : uint8_t {
  kNew,         // a first message is looked at
  kGenerating,  // initiator: our public value is being computed
  kInitSent,
  kDeriving,  // initiator: the shared secret is being computed
  kSigning,   // initiator: our AUTH is being computed
  kAuthSent,
  kEapVerifying,  // initiator: the peer's AUTH, ahead of EAP, is being checked
  kEapStepping,   // initiator: our answer to EAP is being computed
  kEapSent,       // initiator: an EAP message of ours is out, or the AUTH after it
  kVerifying,     // initiator: the peer's AUTH is being checked
  kResponding,    // responder: the answer to IKE_SA_INIT is being computed
  kAuthAwaited,
  kEapStarting,       // responder: our AUTH, ahead of EAP, is being computed
  kEapAwaited,        // responder: the peer's next EAP message is awaited or worked on, or the AUTH after it
  kJudging,           // responder: the peer's AUTH is being checked, and ours computed
  kEstablishing,      // responder: the answer to IKE_AUTH waits for the first CHILD_SA to be installed
  kIkev1Negotiating,  // IKEv1, either role: Phase 1 and what precedes Phase 2 (ikev1/state.h says how far)
  kEstablished,
  kCrossed,   // made by the peer to replace one that we are replacing as well; nothing is decided (2.8.2)
  kRekeyed,   // another IKE SA took over; its rekeyer owes a Delete
  kDeleting,  // our Delete is under way
  kRefused,   // answers retransmissions of what was refused, and nothing else
  kGone,      // leaves at the end of this call
};

// What an exchange is about. One of ours at a time (window 1), one of the peer's at a time.
enum class Story : uint8_t {
  kConnect,  // IKE_SA_INIT and IKE_AUTH
  kNewChild,
  kRekeyChild,
  kRekeyIke,
  kDeleteChild,
  kDeleteIke,
  kLiveness,
  kCrashToken,  // our token for the SA that our rekey made (RFC 6290 4.3)
  kMobike,      // our addresses, or whether the peer hears us (RFC 4555)
  kRefuse,      // we do not accept the peer's authentication (RFC 7296 2.21.2)
};

struct Task {
  Story story = Story::kConnect;
  uint64_t child = 0;  // kRekeyChild, kDeleteChild
  size_t pair = 0;     // kNewChild
  bool operator==(const Task&) const = default;
};

// Which sides stand behind a NAT (RFC 7296 2.23).
struct NatSituation {
  bool detection = false;  // both sides sent the notifications
  bool local = false;
  bool remote = false;
  bool forced = false;  // we claimed a NAT to have UDP encapsulation
  bool encapsulate() const { return detection && (local || remote || forced); }
};

struct IkeCrypto {
  ipsec::Suite suite;
  crypto::Prf prf;
  base::Secret sk_d;
  crypto::Cipher out;
  crypto::Cipher in;
};

// What only IKE_SA_INIT and IKE_AUTH need.
struct Handshake {
  std::shared_ptr<const base::Bytes> own_message;  // IKE_SA_INIT as sent, for AUTH (RFC 7296 2.15)
  base::Bytes peer_message;
  base::Bytes own_nonce;
  base::Bytes peer_nonce;
  std::shared_ptr<const crypto::KeyExchange> ours;
  const ipsec::Algorithm* group = nullptr;
  std::vector<const ipsec::Algorithm*> tried;  // groups refused by INVALID_KE_PAYLOAD
  base::Bytes cookie;
  int cookies = 0;
  ipsec::Suite suite;
  uint8_t proposal_number = 1;
  base::Secret shared;  // responder: g^ir until IKE_AUTH pays for the key schedule
  base::Secret sk_p_own;
  base::Secret sk_p_peer;
  bool peer_wants_ocsp = false;                      // about our certificate, with it (RFC 4806)
  bool use_ppk = false;                              // both sides said USE_PPK (RFC 8784)
  bool childless = false;                            // both sides take an IKE_AUTH without CHILD_SA (RFC 6023)
  std::optional<std::vector<uint16_t>> peer_hashes;  // its SIGNATURE_HASH_ALGORITHMS (RFC 7427); nullopt: it sent none
  AuthProgress auth;
  bool initial_contact = false;  // the peer says it has no other IKE SA with us
  Encapsulation encapsulation = Encapsulation::kAuto;
  uint8_t dscp = 0;        // responder: of the tunnel that IKE_SA_INIT was answered under
  bool proven = false;     // the peer returned a cookie
  absl::Duration started;  // monotonic
  absl::Duration init_done;
  std::optional<ChildNegotiation> child;
};

// One negotiation of an IKE SA that takes over from another (RFC 7296 1.3.2, 2.18).
struct IkeNegotiation {
  uint64_t local_spi = 0;
  uint64_t remote_spi = 0;
  base::Bytes own_nonce{};
  base::Bytes peer_nonce{};
  ipsec::Suite suite{};
  uint8_t proposal_number = 1;
  base::Bytes crash_token{};  // the peer's, for the new SA (RFC 6290 4.3)
};

// A message as it goes over the wire: one datagram, or its fragments in order (RFC 7383). Sending it again sends the
// same octets.
using Datagrams = std::vector<std::shared_ptr<const base::Bytes>>;

// Our outstanding exchange.
struct OwnExchange {
  Task task;
  uint64_t job = 0;  // serial of the computation that it waits for; 0: none
  // The request, once sent.
  wire::ikev2::ExchangeType exchange = wire::ikev2::ExchangeType::kInformational;
  uint32_t message_id = 0;
  Datagrams datagrams;  // empty: not sent yet, or answered
  int transmissions = 0;
  absl::Duration give_up;  // monotonic
  // The negotiation of kNewChild and kRekeyChild, or of kRekeyIke.
  std::optional<ChildNegotiation> child;
  std::optional<IkeNegotiation> ike;
  const ipsec::Algorithm* group = nullptr;     // of our KE payload; null: none
  std::vector<const ipsec::Algorithm*> tried;  // groups refused by INVALID_KE_PAYLOAD
  std::shared_ptr<const crypto::KeyExchange> ours;
  uint64_t installing = 0;  // id of the CHILD_SA whose installation it waits for
  // Outbound SPIs that the peer deleted meanwhile and that are not installed here: one may be of what it has just
  // granted us, its Delete having overtaken the grant.
  std::vector<uint32_t> deleted;
};

// A request of the peer whose answer waits for a computation or an installation.
struct PeerExchange {
  Story story = Story::kConnect;
  wire::ikev2::ExchangeType exchange = wire::ikev2::ExchangeType::kInformational;
  base::Endpoint local{};  // where it came to, and from: so goes the answer (RFC 7296 2.11)
  base::Endpoint remote{};
  bool nat_port = false;
  uint64_t job = 0;
  uint64_t installing = 0;
  std::optional<ChildNegotiation> child;
  std::optional<IkeNegotiation> ike;
  std::vector<wire::ikev2::Payload> answer;  // what of it is known already
  size_t kept = 0;                           // how much of it stays true when there is no CHILD_SA after all
};

struct IkeSa {
  IkeSa();
  ~IkeSa();

  uint64_t id = 0;
  uint64_t local_spi = 0;
  uint64_t remote_spi = 0;
  bool initiator = false;  // original initiator: whose SPI comes first, whose keys are SK_*i
  bool childless = false;  // IKE_AUTH made no CHILD_SA (RFC 6023)
  bool ppk = false;        // a post-quantum pre-shared key is in its keys (RFC 8784)
  bool dialed = false;     // we began with IKE_SA_INIT; a rekey may turn the roles, and does not change this
  IkeState state = IkeState::kNew;
  Coverage coverage = Coverage::kNone;         // while it is live; Core::Touch has it counted anew
  Tunnel* tunnel = nullptr;                    // null until the peer is known
  std::shared_ptr<const TunnelConfig> config;  // what it was negotiated under
  base::Endpoint local;
  base::Endpoint remote;
  base::Endpoint init_remote;  // where IKE_SA_INIT came from, whatever a NAT does later
  bool nat_port = false;
  NatSituation nat;
  ipsec::Identity local_id;
  ipsec::Identity remote_id;
  std::unique_ptr<IkeCrypto> crypto;     // IKEv2
  std::unique_ptr<ikev1::State> ikev1;   // IKEv1; null: IKEv2
  std::unique_ptr<Handshake> handshake;  // until established

  uint32_t next_request = 0;  // message id of our next request
  uint32_t peer_next = 0;     // and of the peer's
  Datagrams last_response;
  std::unique_ptr<OwnExchange> own;
  std::vector<Task> queue;
  std::vector<Task> postponed;  // until the timer kTaskRetry
  std::unique_ptr<PeerExchange> peer;
  bool fragmentation = false;  // both sides can (RFC 7383 2.3)
  std::unique_ptr<Reassembly> partial_request;
  std::unique_ptr<Reassembly> partial_response;

  base::Bytes crash_token;  // the peer's (RFC 6290); empty: it gave none

  std::unique_ptr<Mobike> mobike;                 // null: not both sides support it
  std::unique_ptr<VirtualAddresses> virtual_ips;  // null: none

  uint64_t replaces = 0;       // local SPI of the IKE SA that it was made to replace; 0: none
  base::Bytes lowest_nonce{};  // of the exchange that made it so: decides a collision (RFC 7296 2.8.2)
  uint64_t crossed = 0;        // local SPI of the successor that the peer made while we are at it; 0: none

  std::vector<std::unique_ptr<ChildSa>> children;
  absl::Duration established = -absl::InfiniteDuration();  // CLOCK_BOOTTIME, as the rest
  absl::Duration rekey_at = absl::InfiniteDuration();
  absl::Duration expire_at = absl::InfiniteDuration();
  absl::Duration last_in;

  uint64_t spi_i() const { return initiator ? local_spi : remote_spi; }
  uint64_t spi_r() const { return initiator ? remote_spi : local_spi; }
  bool half_open() const { return state < IkeState::kEstablished || state == IkeState::kRefused; }
  bool live() const { return state == IkeState::kEstablished; }

  const ipsec::Suite* suite() const;  // null: none yet

  ChildSa* FindChild(uint64_t child) const;
  ChildSa* FindChildByOutboundSpi(uint32_t spi) const;
};

}  // namespace culvert::iked
