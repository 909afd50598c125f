// SPDX-License-Identifier: Apache-2.0
// A server and a peer of EAP in one room: messages go to and fro until one of them is done.
#pragma once

#include <random>
#include <vector>

#include "libs/eap/session.h"

namespace culvert::eap::testing {

class SeededRng final : public base::Rng {
 public:
  void Fill(base::MutableByteView out) override {
    for (uint8_t& octet : out) octet = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_{7};
};

struct Conversation {
  Step at_server, at_peer;
  std::vector<Packet> packets;  // what went by
};

// `now` is when certificates are judged.
inline Conversation Talk(Server& server, Peer& peer, absl::Time now = absl::FromUnixSeconds(1'700'000'000)) {
  SeededRng rng;
  Conversation talk;
  base::Bytes message = server.Begin({now, rng});
  while (!message.empty()) {
    talk.packets.push_back(*Decode(message));
    talk.at_peer = peer.Handle(message, {now, rng});
    if (talk.at_peer.reply.empty()) break;
    talk.packets.push_back(*Decode(talk.at_peer.reply));
    talk.at_server = server.Handle(talk.at_peer.reply, {now, rng});
    message = talk.at_server.reply;
  }
  return talk;
}

}  // namespace culvert::eap::testing
