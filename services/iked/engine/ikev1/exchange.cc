// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/exchange.h"

#include "libs/crypto/digest.h"
#include "libs/crypto/ikev1_keys.h"
#include "libs/wire/ikev1/protected.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/authentic.h"
#include "services/iked/engine/ikev1/fragments.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::ExchangeType;
using wire::ikev1::Message;

namespace {

Message Frame(const IkeSa& sa, const Outgoing& outgoing, Payloads payloads) {
  Message message;
  message.header = wire::ikev1::HeaderOf({sa.spi_i(), sa.spi_r()}, outgoing.exchange, outgoing.message_id);
  message.payloads = std::move(payloads);
  return message;
}

void Send(Core& core, const IkeSa& sa, ExchangeType exchange, const Datagrams& datagrams) {
  CountMessage(core, true, static_cast<uint8_t>(exchange), false);
  SendAgain(core, sa, datagrams);
}

}  // namespace

Datagrams Seal(IkeSa& sa, const Outgoing& outgoing, Payloads payloads, base::Bytes& iv) {
  const State& state = *sa.ikev1;
  wire::ikev1::SealedMessage sealed = wire::ikev1::SealMessage(*state.suite.encr, state.keys.cipher.view(), iv,
                                                               Frame(sa, outgoing, std::move(payloads)));
  iv = std::move(sealed.next_iv);
  return Cut(sa, std::move(sealed.datagram));
}

Datagrams SendSealed(Core& core, IkeSa& sa, const Outgoing& outgoing, Payloads payloads, base::Bytes& iv) {
  Datagrams datagrams = Seal(sa, outgoing, std::move(payloads), iv);
  Send(core, sa, outgoing.exchange, datagrams);
  return datagrams;
}

void SendOwn(Core& core, IkeSa& sa, const Outgoing& outgoing, Payloads payloads, base::Bytes& iv) {
  StartOwn(core, sa, static_cast<uint8_t>(outgoing.exchange), outgoing.message_id,
           Seal(sa, outgoing, std::move(payloads), iv));
  // Message 3 of Aggressive Mode is answered by nothing: until the peer has spoken under the keys, what is repeated
  // goes with it.
  const State& state = *sa.ikev1;
  const bool heard = sa.last_in > sa.established;
  if (!sa.initiator || state.mode != Mode::kAggressive || state.step != Step::kDone || heard) return;
  sa.own->datagrams.insert(sa.own->datagrams.begin(), state.last_sent.begin(), state.last_sent.end());
}

Datagrams SendPlain(Core& core, IkeSa& sa, ExchangeType exchange, Payloads payloads) {
  Datagrams datagrams = Cut(sa, EncodeMessage(Frame(sa, {exchange}, std::move(payloads))));
  Send(core, sa, exchange, datagrams);
  return datagrams;
}

void SendOwnPlain(Core& core, IkeSa& sa, ExchangeType exchange, Payloads payloads) {
  StartOwn(core, sa, static_cast<uint8_t>(exchange), 0,
           Cut(sa, EncodeMessage(Frame(sa, {exchange}, std::move(payloads)))));
}

void SendAgain(Core& core, const IkeSa& sa, const Datagrams& datagrams) {
  const uint8_t dscp = sa.config == nullptr ? uint8_t{0} : sa.config->ike_dscp;
  for (const auto& datagram : datagrams) core.Emit(iked::Send{sa.local, sa.remote, datagram, sa.nat_port, dscp});
}

Datagrams SendInformational(Core& core, IkeSa& sa, Payloads payloads) {
  const Outgoing outgoing{ExchangeType::kInformational, NewMessageId(core, sa)};
  base::Bytes iv = InitialIv(sa, outgoing.message_id);
  return SendSealed(core, sa, outgoing, WithHash(sa, outgoing.message_id, {}, std::move(payloads)), iv);
}

base::Bytes InitialIv(const IkeSa& sa, uint32_t message_id) {
  const State& state = *sa.ikev1;
  return crypto::ExchangeIv(state.prf.hash(), state.iv, message_id, *state.suite.encr);
}

uint32_t NewMessageId(Core& core, const IkeSa&) {
  for (;;) {
    uint32_t id = 0;
    core.rng.Fill({reinterpret_cast<uint8_t*>(&id), sizeof(id)});
    if (id != 0) return id;
  }
}

base::Bytes DigestOf(base::ByteView datagram) {
  return crypto::Digest(crypto::Hash::kSha256, {datagram});
}

}  // namespace culvert::iked::ikev1
