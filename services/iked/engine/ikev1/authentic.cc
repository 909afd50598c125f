// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/authentic.h"

#include "libs/crypto/ikev1_keys.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/path.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::HashPayload;
using wire::ikev1::Message;

namespace {

base::Bytes HashOf(const IkeSa& sa, uint32_t message_id, base::ByteView nonce, base::ByteView after_hash) {
  const State& state = *sa.ikev1;
  if (nonce.empty()) return crypto::Hash1(state.prf, state.keys.a.view(), message_id, after_hash);
  return crypto::Hash2(state.prf, state.keys.a.view(), message_id, nonce, after_hash);
}

}  // namespace

Payloads WithHash(const IkeSa& sa, uint32_t message_id, base::ByteView nonce, Payloads payloads) {
  const base::Bytes covered = wire::ikev1::EncodePayloads(payloads).chain;
  payloads.insert(payloads.begin(), HashPayload{HashOf(sa, message_id, nonce, covered)});
  return payloads;
}

base::Bytes ConfirmingHash(const IkeSa& sa, uint32_t message_id, base::ByteView ni, base::ByteView nr) {
  const State& state = *sa.ikev1;
  return crypto::Hash3(state.prf, state.keys.a.view(), message_id, ni, nr);
}

bool HasHash(Core& core, const IkeSa& sa, const Message& message, base::ByteView nonce) {
  return HasHash(core, message, HashOf(sa, message.header.message_id, nonce, wire::ikev1::OctetsAfterHash(message)));
}

bool HasHash(Core& core, const Message& message, const base::Bytes& expected) {
  const HashPayload* hash = message.Get<HashPayload>();
  if (hash != nullptr && base::EqualConstantTime(hash->data, expected)) return true;
  CountInvalid(core, "hash");
  return false;
}

bool IsLawful(Core& core, const Message& message, wire::ikev1::MessageForm form) {
  const std::optional<wire::Malformed> malformed = wire::ikev1::CheckPayloads(message, form);
  if (malformed) CountInvalid(core, Name(malformed->error));
  return !malformed;
}

void OnFreshMessage(Core& core, IkeSa& sa, const Datagram& datagram) {
  sa.last_in = core.clock.BootTime();
  FollowPeer(core, sa, datagram);
}

}  // namespace culvert::iked::ikev1
