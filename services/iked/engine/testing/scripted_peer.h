// SPDX-License-Identifier: Apache-2.0
// An initiator that keeps to no rules: it completes a handshake as an honest one would, and then says, under the keys,
// whatever a test or the fuzzer wants.
#pragma once

#include <optional>
#include <vector>

#include "libs/wire/ikev2/message.h"
#include "services/iked/engine/ike_sa.h"
#include "services/iked/engine/testing/host.h"

namespace culvert::iked::testing {

class ScriptedPeer {
 public:
  // Speaks to `host` under `tunnel`, as the host's peer is configured.
  ScriptedPeer(Host& host, TunnelConfig tunnel);

  // IKE_SA_INIT; then IKE_AUTH with the payloads given, or the honest ones. False: refused.
  bool Init();
  std::optional<wire::ikev2::Message> Auth(std::vector<wire::ikev2::Payload> payloads);
  bool Connect();
  std::vector<wire::ikev2::Payload> HonestAuth(absl::string_view psk) const;

  // A request under the next message id, and the answer; nullopt: there was none.
  std::optional<wire::ikev2::Message> Request(wire::ikev2::ExchangeType exchange,
                                              std::vector<wire::ikev2::Payload> payloads);
  // The same in pieces: the request under the next message id, for a test to seal and cut; a datagram as it is.
  wire::ikev2::Message Next(wire::ikev2::ExchangeType exchange, std::vector<wire::ikev2::Payload> payloads);
  std::optional<wire::ikev2::Message> Say(const base::Bytes& datagram);

  // What IKE_SA_INIT says beyond the necessary, set before it.
  std::vector<wire::ikev2::Payload> also_in_init;
  // The reserved octets of its ID payload.
  std::array<uint8_t, 3> id_reserved = {};
  // Datagrams of the host's last answer.
  size_t answered_in = 0;
  // Requests that the host sent us meanwhile, opened and unanswered.
  std::vector<wire::ikev2::Message> asked;

  const IkeSa& sa() const { return sa_; }
  base::Rng& rng() { return rng_; }

 private:
  void Deliver(const base::Bytes& datagram);
  std::optional<wire::ikev2::Message> Collect();
  wire::Decoded<wire::ikev2::Message> Open(const base::Bytes& datagram);

  Host& host_;
  TunnelConfig tunnel_;
  SeededRng rng_{99};
  IkeSa sa_;
  std::unique_ptr<Reassembly> partial_;
};

}  // namespace culvert::iked::testing
