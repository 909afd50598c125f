// SPDX-License-Identifier: Apache-2.0
// Two gateways with an established SA, and somebody who has its keys: what either of them hears is payloads of the
// fuzzer's, sealed as the other would, as request or answer, under a message id of its choice, whole or in fragments;
// with time, timers and commands in between. No order of them may break an engine.
//
// Each record: octet 0 says what it is and to whom, octet 1 refines it, octets 2 and 3 are the length of what follows.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "libs/wire/ikev2/protected.h"
#include "libs/wire/reader.h"
#include "services/iked/engine/testing/mock_wire.h"
#include "services/iked/engine/testing/wiretap.h"

namespace {

using culvert::iked::testing::Host;
using culvert::iked::testing::InFlight;
using culvert::iked::testing::MockWire;
using culvert::iked::testing::SeededRng;
using culvert::iked::testing::Tunnel;
using culvert::iked::testing::Wiretap;
using culvert::wire::Reader;
using culvert::wire::ikev2::ExchangeType;
using culvert::wire::ikev2::Message;
using culvert::wire::ikev2::Payload;
using culvert::wire::ikev2::PayloadType;
using culvert::wire::ikev2::UnknownPayload;
namespace iked = culvert::iked;

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

class World {
 public:
  World() {
    iked::TunnelConfig tunnel = Tunnel("chacha20poly1305-prfsha256-x25519", "aes128gcm16");
    tunnel.dpd = {.enabled = true, .delay = absl::Seconds(30), .timeout = absl::Seconds(150)};
    wire_.Connect(tunnel);
    tap_.emplace(wire_);
    wire_.passes = [this](InFlight&) { return !cut_; };
  }

  void Do(uint8_t what, uint8_t how, culvert::base::ByteView body) {
    Host& to = (what & 0x80) != 0 ? wire_.a : wire_.b;
    switch (what & 7) {
      case 0:
      case 1:
      case 2:
      case 3:
        return Say(to, what, how, body);
      case 4:
        return wire_.Advance(absl::Seconds(1) * (1 << (how % 12)));
      case 5:
        Command(to, how);
        return (how & 0x80) != 0 ? wire_.Run() : to.HandleInbox();
      case 6:
        to.Handle(iked::Datagram{Local(to), Remote(to), body, false});
        return wire_.Run();
      default:
        cut_ = how % 2 != 0;  // the other gateway is heard no more, or again
        return wire_.Run();
    }
  }

 private:
  Host& Other(const Host& host) { return &host == &wire_.a ? wire_.b : wire_.a; }
  culvert::base::Endpoint Local(const Host& to) const { return {to.address, 500}; }
  culvert::base::Endpoint Remote(const Host& to) { return {Other(to).address, 500}; }

  // The id of the newest request that `host` sent, which an answer to it must have.
  uint32_t LastRequest(const Host& host) const {
    for (auto it = wire_.history.rbegin(); it != wire_.history.rend(); ++it) {
      const auto header = culvert::wire::PeekHeader(*it->send.bytes);
      if (it->from == &host && header && !header->is_response()) return header->message_id;
    }
    return 0;
  }

  void Say(Host& to, uint8_t what, uint8_t how, culvert::base::ByteView body) {
    constexpr ExchangeType kExchanges[] = {ExchangeType::kInformational, ExchangeType::kCreateChildSa,
                                           ExchangeType::kIkeAuth, ExchangeType::kIkeSaInit};
    const bool response = (what & 0x40) != 0;
    uint32_t& next = &to == &wire_.a ? next_to_a_ : next_to_b_;
    Message message;
    message.header = tap_->HeaderTo(to);
    message.header.exchange_type = static_cast<uint8_t>(kExchanges[what & 3]);
    if (response) message.header.flags |= culvert::wire::kFlagResponse;
    // Mostly the id that is expected; sometimes one beside it.
    message.header.message_id =
        (response ? LastRequest(to) : next) + ((how & 3) == 3 ? 1 : 0) - ((how & 7) == 5 ? 1 : 0);
    if (!response && (how & 3) != 3 && (how & 7) != 5) ++next;
    message.payloads = Payloads(Reader(body));
    const culvert::crypto::Cipher& cipher = tap_->CipherTo(to);
    std::vector<culvert::base::Bytes> datagrams;
    if ((what & 0x20) != 0) {
      datagrams = culvert::wire::ikev2::SealFragments(cipher, message, 128 + how, rng_);
      if ((how & 0x40) != 0) std::reverse(datagrams.begin(), datagrams.end());
      if ((how & 0x20) != 0) datagrams.pop_back();
    } else {
      datagrams.push_back(culvert::wire::ikev2::SealMessage(cipher, message, rng_));
    }
    for (const auto& datagram : datagrams) to.Handle(iked::Datagram{Local(to), Remote(to), datagram, false});
    if ((what & 0x10) == 0) wire_.Run();  // else what it began is still under way when the next record comes
  }

  void Command(Host& to, uint8_t how) {
    const uint64_t child = to.children.empty() ? 1 : to.children.rbegin()->first;
    switch (how % 12) {
      case 0:
        return to.Handle(iked::Rekey{1, "t", iked::Part::kIke});
      case 1:
        return to.Handle(iked::Rekey{2, "t", iked::Part::kChild});
      case 2:
        return to.Handle(iked::Terminate{3, "t", iked::Part::kChild});
      case 3:
        return to.Handle(iked::Terminate{4, "t", iked::Part::kAll});
      case 4:
        return to.Handle(iked::Initiate{5, "t"});
      case 5:
        return to.Handle(iked::ChildExpire{child, false});
      case 6:
        return to.Handle(iked::ChildExpire{child, true});
      case 7:
        return to.Handle(iked::FirstInbound{child});
      case 8:
        return to.Handle(iked::DatapathDetached{});
      case 9:
        return to.Handle(iked::DatapathAttached{to.capabilities});
      case 10:
        to.install_status = to.install_status.ok() ? absl::InternalError("no") : absl::OkStatus();
        return;
      default:
        return to.Handle(iked::NatMapping{child, {Other(to).address, 4501}});
    }
  }

  MockWire wire_;
  std::optional<Wiretap> tap_;
  SeededRng rng_{7};
  bool cut_ = false;
  uint32_t next_to_a_ = 0;
  uint32_t next_to_b_ = 2;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  World world;
  Reader reader(culvert::base::ByteView(data, size));
  for (int records = 0; records < 24; ++records) {
    const auto what = reader.U8();
    const auto how = reader.U8();
    const auto length = reader.U16();
    if (!what || !how || !length) break;
    world.Do(*what, *how, *reader.Take(std::min<size_t>(*length, reader.remaining())));
  }
  return 0;
}
