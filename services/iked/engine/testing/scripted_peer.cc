// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/testing/scripted_peer.h"

#include "libs/wire/ikev2/proposal_mapping.h"
#include "libs/wire/ikev2/protected.h"
#include "services/iked/engine/ike_crypto.h"
#include "services/iked/engine/psk.h"

namespace culvert::iked::testing {

using wire::ikev2::ExchangeType;
using wire::ikev2::Message;
using wire::ikev2::Payload;
using wire::ikev2::PayloadType;

ScriptedPeer::ScriptedPeer(Host& host, TunnelConfig tunnel) : host_(host), tunnel_(std::move(tunnel)) {
  sa_.initiator = true;
  sa_.local_spi = 0xABCDEF;
  sa_.local = {tunnel_.local_address, 500};
  sa_.remote = {host.address, 500};
  sa_.local_id = tunnel_.local_identity;
  sa_.handshake = std::make_unique<Handshake>();
}

void ScriptedPeer::Deliver(const base::Bytes& datagram) {
  host_.Handle(Datagram{sa_.remote, sa_.local, datagram, false});
  host_.HandleInbox();
}

// Of fragments, all but the last are `kMissingPayload`.
wire::Decoded<Message> ScriptedPeer::Open(const base::Bytes& datagram) {
  if (sa_.crypto == nullptr) return wire::ikev2::DecodeMessage(datagram);
  if (!wire::ikev2::PeekFragment(datagram)) return wire::ikev2::OpenMessage(sa_.crypto->in, datagram);
  auto fragment = wire::ikev2::OpenFragment(sa_.crypto->in, datagram);
  if (!fragment.ok()) return fragment.malformed();
  const wire::IkeHeader header = fragment->header;
  if (partial_ == nullptr) partial_ = std::make_unique<Reassembly>(header.message_id, header.exchange_type, nullptr);
  partial_->Add(*std::move(fragment));
  if (!partial_->complete()) return wire::DecodeError::kMissingPayload;
  const wire::ikev2::EncodedPayloads whole = partial_->Take();
  partial_.reset();
  auto payloads = wire::ikev2::DecodePayloads(whole.first, whole.chain);
  if (!payloads.ok()) return payloads.malformed();
  return Message{header, *std::move(payloads)};
}

std::optional<Message> ScriptedPeer::Collect() {
  std::optional<Message> answer;
  answered_in = host_.outbox.size();
  while (!host_.outbox.empty()) {
    const Send send = std::move(host_.outbox.front());
    host_.outbox.pop_front();
    auto message = Open(*send.bytes);
    if (!message.ok()) continue;
    if (!message->header.is_response()) {
      asked.push_back(*message);
      continue;
    }
    if (sa_.crypto == nullptr) sa_.handshake->peer_message = *send.bytes;
    answer = *std::move(message);
  }
  return answer;
}

bool ScriptedPeer::Init() {
  Handshake& handshake = *sa_.handshake;
  const ipsec::Algorithm& group = *tunnel_.ike_proposals.front().dh.front();
  auto ours = crypto::KeyExchange::Generate(group, rng_);
  handshake.own_nonce = rng_.Take(32);
  Message init;
  init.header.initiator_spi = sa_.local_spi;
  init.header.exchange_type = static_cast<uint8_t>(ExchangeType::kIkeSaInit);
  init.header.flags = wire::kFlagInitiator;
  init.payloads.push_back(wire::ikev2::ToSaPayload(tunnel_.ike_proposals, {}));
  init.payloads.push_back(wire::ikev2::KePayload{group.id, base::ToBytes((*ours)->public_value())});
  init.payloads.push_back(wire::ikev2::NoncePayload{handshake.own_nonce});
  init.payloads.insert(init.payloads.end(), also_in_init.begin(), also_in_init.end());
  handshake.own_message = std::make_shared<const base::Bytes>(EncodeMessage(init));
  Deliver(*handshake.own_message);
  const std::optional<Message> answer = Collect();
  if (!answer || answer->Get<wire::ikev2::KePayload>() == nullptr) return false;
  sa_.remote_spi = answer->header.responder_spi;
  sa_.next_request = 1;
  handshake.peer_nonce = answer->Get<wire::ikev2::NoncePayload>()->data;
  handshake.suite = ipsec::Choose(tunnel_.ike_proposals, tunnel_.ike_proposals)->suite;
  return DeriveFirstKeys(sa_, (*ours)->Derive(answer->Get<wire::ikev2::KePayload>()->data)->view()).ok();
}

std::vector<Payload> ScriptedPeer::HonestAuth(absl::string_view psk) const {
  const Handshake& handshake = *sa_.handshake;
  const base::Secret auth =
      ComputeAuth(sa_.crypto->prf, base::AsBytes(psk),
                  {*handshake.own_message, handshake.peer_nonce, handshake.sk_p_own.view(), sa_.local_id, id_reserved});
  std::vector<ipsec::Proposal> esp;
  for (const ipsec::Proposal& p : tunnel_.esp_proposals) esp.push_back(p.WithoutKeyExchange());
  std::vector<ipsec::TrafficSelector> local, remote;
  for (const base::Prefix& p : tunnel_.local_subnets) local.push_back(ipsec::TrafficSelector::Of(p));
  for (const base::Prefix& p : tunnel_.remote_subnets) remote.push_back(ipsec::TrafficSelector::Of(p));
  std::vector<Payload> payloads;
  payloads.push_back({PayloadType::kIdI, wire::ikev2::IdPayload{sa_.local_id, id_reserved}});
  payloads.push_back(wire::ikev2::AuthPayload{wire::ikev2::AuthMethod::kSharedKey, base::ToBytes(auth.view())});
  payloads.push_back(wire::ikev2::ToSaPayload(esp, base::Bytes{0, 0, 0x77, 0x01}));
  payloads.push_back({PayloadType::kTsI, wire::ikev2::TsPayload{local}});
  payloads.push_back({PayloadType::kTsR, wire::ikev2::TsPayload{remote}});
  return payloads;
}

std::optional<Message> ScriptedPeer::Auth(std::vector<Payload> payloads) {
  return Request(ExchangeType::kIkeAuth, std::move(payloads));
}

bool ScriptedPeer::Connect() {
  if (!Init()) return false;
  const std::optional<Message> answer = Auth(HonestAuth("correct horse battery staple"));
  return answer && answer->Get<wire::ikev2::AuthPayload>() != nullptr;
}

Message ScriptedPeer::Next(ExchangeType exchange, std::vector<Payload> payloads) {
  Message message;
  message.header.initiator_spi = sa_.local_spi;
  message.header.responder_spi = sa_.remote_spi;
  message.header.exchange_type = static_cast<uint8_t>(exchange);
  message.header.flags = wire::kFlagInitiator;
  message.header.message_id = sa_.next_request++;
  message.payloads = std::move(payloads);
  return message;
}

std::optional<Message> ScriptedPeer::Say(const base::Bytes& datagram) {
  Deliver(datagram);
  return Collect();
}

std::optional<Message> ScriptedPeer::Request(ExchangeType exchange, std::vector<Payload> payloads) {
  const Message message = Next(exchange, std::move(payloads));
  return Say(wire::ikev2::SealMessage(sa_.crypto->out, message, rng_));
}

}  // namespace culvert::iked::testing
