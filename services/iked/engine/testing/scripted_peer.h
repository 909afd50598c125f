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
  // Requests that the host sent us meanwhile, opened and unanswered.
  std::vector<wire::ikev2::Message> asked;

  const IkeSa& sa() const { return sa_; }

 private:
  void Deliver(const base::Bytes& datagram);
  std::optional<wire::ikev2::Message> Collect();

  Host& host_;
  TunnelConfig tunnel_;
  SeededRng rng_{99};
  IkeSa sa_;
};

}  // namespace culvert::iked::testing
