// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/testing/wiretap.h"

#include <cstdlib>

#include "libs/wire/ikev2/proposal_mapping.h"
#include "services/iked/engine/ike_crypto.h"

namespace culvert::iked::testing {

using wire::ikev2::Message;
using wire::ikev2::NoncePayload;
using wire::ikev2::SaPayload;

Wiretap::Wiretap(const MockWire& wire) : a_(&wire.a) {
  const Message request = *wire::ikev2::DecodeMessage(*wire.history[0].send.bytes);
  const Message response = *wire::ikev2::DecodeMessage(*wire.history[1].send.bytes);
  of_a_.initiator = wire.history[0].from == a_;
  const Message& ours = of_a_.initiator ? request : response;
  const Message& theirs = of_a_.initiator ? response : request;
  of_a_.local_spi = of_a_.initiator ? response.header.initiator_spi : response.header.responder_spi;
  of_a_.remote_spi = of_a_.initiator ? response.header.responder_spi : response.header.initiator_spi;
  of_a_.handshake = std::make_unique<Handshake>();
  of_a_.handshake->own_nonce = ours.Get<NoncePayload>()->data;
  of_a_.handshake->peer_nonce = theirs.Get<NoncePayload>()->data;
  const std::vector<ipsec::Proposal> chosen = wire::ikev2::FromWire(*response.Get<SaPayload>());
  of_a_.handshake->suite = ipsec::Choose(chosen, chosen)->suite;
  if (!DeriveFirstKeys(of_a_, wire.a.first_shared.view()).ok()) abort();
}

const crypto::Cipher& Wiretap::CipherTo(const Host& to) const {
  return &to == a_ ? of_a_.crypto->in : of_a_.crypto->out;
}

wire::IkeHeader Wiretap::HeaderTo(const Host& to) const {
  const bool from_initiator = (&to == a_) != of_a_.initiator;
  return {.initiator_spi = of_a_.spi_i(),
          .responder_spi = of_a_.spi_r(),
          .flags = from_initiator ? wire::kFlagInitiator : uint8_t{0}};
}

}  // namespace culvert::iked::testing
