// SPDX-License-Identifier: Apache-2.0
// The engine as a stranger and as an authenticated peer see it. Half the input is datagrams as they come; the other
// half is payloads sealed under the keys of an established SA, which no stranger could reach.
//
// Each record: octet 0 says what it is, octets 1 and 2 are the length of what follows.
#include <cstddef>
#include <cstdint>

#include "libs/wire/reader.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/scripted_peer.h"

namespace {

using culvert::iked::testing::Host;
using culvert::iked::testing::Mirror;
using culvert::iked::testing::ScriptedPeer;
using culvert::iked::testing::Tunnel;
using culvert::iked::testing::VirtualClock;
using culvert::wire::Reader;
using culvert::wire::ikev2::ExchangeType;
using culvert::wire::ikev2::Payload;
using culvert::wire::ikev2::PayloadType;
using culvert::wire::ikev2::UnknownPayload;

// Payloads whose types and bodies are the input's: type, length, body, again and again.
std::vector<Payload> Payloads(Reader reader) {
  std::vector<Payload> payloads;
  while (payloads.size() < 32) {
    const auto type = reader.U8();
    const auto length = reader.U8();
    if (!type || !length) break;
    const auto body = reader.Take(std::min<size_t>(*length, reader.remaining()));
    // SK and SKF would nest, and 0 would end the chain.
    const uint8_t kept = *type == 0 || *type == 46 || *type == 53 ? uint8_t{41} : *type;
    payloads.push_back({static_cast<PayloadType>(kept), UnknownPayload{culvert::base::ToBytes(*body)}});
  }
  return payloads;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  VirtualClock clock;
  Host host("b", "192.0.2.2", clock, 2);
  host.Configure({Mirror(Tunnel("chacha20poly1305-prfsha256-x25519", "aes128gcm16"))});
  ScriptedPeer peer(host, Tunnel("chacha20poly1305-prfsha256-x25519", "aes128gcm16"));
  Reader reader(culvert::base::ByteView(data, size));
  bool connected = false;
  for (int records = 0; records < 16; ++records) {
    const auto kind = reader.U8();
    const auto length = reader.U16();
    if (!kind || !length) break;
    const auto body = reader.Take(std::min<size_t>(*length, reader.remaining()));
    switch (*kind % 4) {
      case 0:
        host.Handle(culvert::iked::Datagram{{host.address, 500}, {Tunnel().local_address, 500}, *body, false});
        host.HandleInbox();
        host.outbox.clear();
        break;
      case 1:
        if (!connected) connected = peer.Init();
        if (connected) peer.Request(ExchangeType::kIkeAuth, Payloads(Reader(*body)));
        break;
      default:
        if (!connected) connected = peer.Connect();
        if (connected) {
          peer.Request(*kind % 4 == 2 ? ExchangeType::kCreateChildSa : ExchangeType::kInformational,
                       Payloads(Reader(*body)));
        }
    }
  }
  host.engine->Tunnels();
  return 0;
}
