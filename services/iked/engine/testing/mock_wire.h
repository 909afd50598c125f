// SPDX-License-Identifier: Apache-2.0
// Two gateways and the wire between them. A test reads as the wire does:
//
//   MockWire wire;
//   wire.a.Configure({Tunnel()});
//   wire.b.Configure({Mirror(Tunnel())});
//   wire.Run();
//   EXPECT_EQ(wire.log, Lines({"a IKE_SA_INIT request 0", "b IKE_SA_INIT response 0", …}));
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/iked/engine/testing/host.h"

namespace culvert::iked::testing {

// A datagram on its way; what a test may read, change, drop or keep.
struct InFlight {
  Host* from = nullptr;
  Send send;
  std::string text;  // "a IKE_AUTH request 1", of a fragment "a IKE_AUTH request 1 2/3";
                     // in IKEv1 "a QUICK", which has neither requests nor numbers that mean anything
};

class MockWire {
 public:
  MockWire();

  // Delivers and computes until nothing is left to do at this moment.
  void Run();
  // The same through time: timers fire in their order.
  void Advance(absl::Duration duration);
  // Until the condition holds, at most `limit` of virtual time. False: it never did.
  bool Until(const std::function<bool()>& condition, absl::Duration limit = absl::Minutes(10));
  // Suspends both hosts.
  void Suspend(absl::Duration length);

  // Gives a host a datagram as it is, whoever sent it.
  void Inject(Host& to, const Send& send);

  // Configures both with the same tunnel, mirrored, and runs until quiet.
  void Connect(TunnelConfig of_a);

  VirtualClock clock;
  Host a;
  Host b;
  std::vector<std::string> log;   // what was sent, lost or not
  std::vector<InFlight> history;  // the same, whole
  // Decides what arrives; may change it. The default lets everything pass.
  std::function<bool(InFlight&)> passes;
  // A NAT before a: b sees a's datagrams come from here. None: no NAT.
  base::IpAddress nat_address;
  uint16_t nat_port_offset = 10'000;

 private:
  void Deliver(InFlight flight);
  std::optional<absl::Duration> NextTimer() const;
  bool FireDue();
};

// A tunnel named "t" between a (192.0.2.1, 10.1.0.0/24) and b (192.0.2.2, 10.2.0.0/24), as a has it.
TunnelConfig Tunnel(absl::string_view ike = "aes256gcm16-prfsha384-x25519",
                    absl::string_view esp = "aes256gcm16-x25519");
// The same as the other side has it, waiting to be called.
TunnelConfig Mirror(const TunnelConfig& tunnel);

// One secret for every peer.
EngineConfig WithSecret(absl::string_view psk, absl::string_view previous = {});

// Each digest is another: a changed tunnel.
TunnelConfig Changed(TunnelConfig tunnel);

std::vector<ipsec::Proposal> Ike(std::vector<std::string> proposals);
std::vector<ipsec::Proposal> Esp(std::vector<std::string> proposals);
std::vector<base::Prefix> Subnets(std::vector<std::string> prefixes);
ipsec::Identity Id(absl::string_view text);

// Both ends know the same IKE SAs, and the ends of their live CHILD_SAs fit: SPIs, keys, selectors, suite.
void ExpectCarries(const Host& a, const Host& b);

// How often `line` was sent.
int Count(const std::vector<std::string>& log, absl::string_view line);

}  // namespace culvert::iked::testing
