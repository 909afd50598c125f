// SPDX-License-Identifier: Apache-2.0
// The engine's state, and the few operations on it that every exchange needs. Exchanges are functions over a Core, one
// file each; nothing outside services/iked/engine includes this header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "libs/base/clock.h"
#include "services/iked/engine/address_pool.h"
#include "services/iked/engine/attack.h"
#include "services/iked/engine/cookie.h"
#include "services/iked/engine/counters.h"
#include "services/iked/engine/effects.h"
#include "services/iked/engine/failure_limit.h"
#include "services/iked/engine/ike_sa.h"
#include "services/iked/engine/input.h"
#include "services/iked/engine/rate_limit.h"
#include "services/iked/engine/spi_pool.h"
#include "services/iked/engine/tunnel.h"
#include "services/iked/engine/tunnel_index.h"

namespace culvert::iked {

inline constexpr size_t kNonceSize = 32;  // RFC 7296 2.10: at least half the PRF's key, which is 512 bits at most here

class Core {
 public:
  Core(const base::Clock& c, base::Rng& r, uint64_t first_id);

  const base::Clock& clock;
  base::Rng& rng;

  // Surroundings.
  std::shared_ptr<const EngineConfig> config;
  std::vector<base::IpAddress> host_addresses;
  std::optional<DatapathCapabilities> datapath;  // nullopt: sad is not there
  std::optional<uint64_t> draining;              // the request that asked for it

  absl::flat_hash_map<std::string, std::unique_ptr<Tunnel>> tunnels;  // changed by the two below alone
  void InsertTunnel(std::unique_ptr<Tunnel> tunnel);
  void EraseTunnel(Tunnel& tunnel);
  Tunnel* FindTunnel(uint64_t number) const;
  TunnelIndex index;
  SpiPool spis;
  CookieJar cookies;
  absl::flat_hash_map<std::string, AddressPool> pools;  // by name
  AttackWatch attack;
  Counters counters;
  FragmentBudget strangers_fragments;
  FailureLimit eap_failures;  // by tunnel and user
  RateLimit notices;          // diagnoses that strangers can cause
  RateLimit rebuttals;        // unprotected answers other than IKE_SA_INIT's

  // Effects, in order.
  template <typename T>
  void Emit(T effect) {
    effects_.emplace_back(std::move(effect));
  }
  Effects TakeEffects() { return std::exchange(effects_, {}); }
  void Arm(TimerKind kind, uint64_t object, absl::Duration when);  // on the clock that the kind runs on
  void Cancel(TimerKind kind, uint64_t object) { Emit(CancelTimer{{kind, object}}); }

  // IKE SAs.
  IkeSa& CreateIkeSa(bool initiator, uint64_t local_spi = 0);  // 0: a fresh one
  IkeSa* FindIkeSa(uint64_t local_spi) const;
  IkeSa* FindIkeSaOfChild(uint64_t child) const;
  // The one way a state changes: arms or cancels what bounds the stay in it, and keeps the half-open count.
  void SetState(IkeSa& sa, IkeState state);
  // Out of every table now, out of memory at the end of this call. Its CHILD_SAs are the caller's affair.
  void Destroy(IkeSa& sa);
  uint32_t half_open() const { return half_open_; }
  const absl::flat_hash_map<uint64_t, std::unique_ptr<IkeSa>>& ike_sas() const { return ike_sas_; }

  void BindTunnel(IkeSa& sa, Tunnel& tunnel);
  // The tunnel is looked at again before this call ends: is it what is wanted of it, and what does it show?
  void Touch(Tunnel& tunnel) { touched_.insert(tunnel.number); }
  // The same, and what its CHILD_SAs carry has changed.
  void Touch(const IkeSa& sa) { touched_sas_.insert(sa.local_spi); }
  // The end of a call: touched tunnels are reconciled, SAs that went are freed.
  void Settle();
  // Established IKE SAs between the same two identities, oldest first.
  void RegisterPeer(IkeSa& sa);
  std::vector<IkeSa*> SamePeer(const ipsec::Identity& local, const ipsec::Identity& remote) const;

  // The half-open SA that a duplicate of an IKE_SA_INIT request belongs to.
  void RegisterInit(IkeSa& sa) { inits_[{sa.remote_spi, sa.init_remote}] = sa.local_spi; }
  IkeSa* FindInit(uint64_t initiator_spi, const base::Endpoint& remote) const;
  uint32_t half_open_of_prefix(const base::IpAddress& remote) const;

  // CHILD_SAs.
  void AddChild(IkeSa& sa, std::unique_ptr<ChildSa> child);
  std::unique_ptr<ChildSa> TakeChild(IkeSa& sa, uint64_t child);
  void MoveChildren(IkeSa& from, IkeSa& to);

  // AUTO is FORCE where the datapath prefers UDP.
  Encapsulation EncapsulationOf(const TunnelConfig& tunnel) const;
  // Asks for a computation; returns its serial.
  uint64_t Ask(const IkeSa& sa, Priority priority, Job job);

  // Numbers.
  uint64_t NextId() { return ++last_id_; }
  uint64_t NextSerial() { return ++last_serial_; }      // of jobs and of attempts
  uint64_t NextSequence() { return ++last_sequence_; }  // of SA operations
  uint64_t NewIkeSpi();
  uint32_t TakeSpi();  // 0: none is at hand
  // What unfinished negotiations of `sa` took and never installed.
  void ReturnSpis(const IkeSa& sa);
  void LeaseMore();
  void OnLeaseFailed(uint64_t sequence);
  base::Bytes Nonce() { return rng.Take(kNonceSize); }

  // Installations whose SaResult is awaited: sequence → CHILD_SA.
  absl::flat_hash_map<uint64_t, uint64_t> installs;

  // A wait of up to kBackoffJitter less than `wait`.
  absl::Duration Jittered(absl::Duration wait, double share);

 private:
  void CountHalfOpen(const IkeSa& sa, int change);
  static std::string PeerKey(const ipsec::Identity& local, const ipsec::Identity& remote);
  static std::string PrefixKey(const base::IpAddress& address);

  Effects effects_;
  void Recount(IkeSa& sa);

  std::set<uint64_t> touched_sas_;
  std::set<uint64_t> touched_;  // numbers: ordered, so that equal histories have equal effects
  absl::flat_hash_map<uint64_t, Tunnel*> tunnels_by_number_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<IkeSa>> ike_sas_;
  std::vector<std::unique_ptr<IkeSa>> gone_;
  absl::flat_hash_map<uint64_t, uint64_t> child_owner_;
  absl::flat_hash_map<std::pair<uint64_t, base::Endpoint>, uint64_t> inits_;
  absl::flat_hash_map<std::string, std::vector<uint64_t>> same_peer_;
  absl::flat_hash_map<std::string, uint32_t> half_open_by_prefix_;
  uint32_t half_open_ = 0;
  uint64_t last_id_;
  uint64_t last_serial_ = 0;
  uint64_t last_sequence_ = 0;
  uint64_t lease_ = 0;  // sequence of the one under way
};

}  // namespace culvert::iked
