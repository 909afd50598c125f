// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ppk.h"

#include <algorithm>

#include "libs/crypto/ike_keys.h"
#include "services/iked/engine/diagnoses_authentication.h"

namespace culvert::iked {

using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;

namespace {

constexpr uint8_t kPpkIdFixed = 2;

bool Names(const NotifyPayload& notify, const PpkConfig& ppk) {
  const base::ByteView id = base::AsBytes(ppk.id);
  return notify.data.size() == id.size() + 1 && notify.data.front() == kPpkIdFixed &&
         std::equal(id.begin(), id.end(), notify.data.begin() + 1);
}

base::Secret Mixed(const IkeSa& sa, const base::Secret& key, const PpkConfig* ppk) {
  return ppk == nullptr ? key.Clone() : crypto::MixPpk(sa.crypto->prf, ppk->key.view(), key.view());
}

}  // namespace

void AdoptPpk(IkeSa& sa, const PpkConfig& ppk) {
  AuthKeys mixed = AuthKeysOf(sa, &ppk);
  sa.crypto->sk_d = Mixed(sa, sa.crypto->sk_d, &ppk);
  sa.ppk = true;
  sa.handshake->sk_p_own = std::move(mixed.own);
  sa.handshake->sk_p_peer = std::move(mixed.peer);
}

AuthKeys AuthKeysOf(const IkeSa& sa, const PpkConfig* ppk) {
  return {Mixed(sa, sa.handshake->sk_p_own, ppk), Mixed(sa, sa.handshake->sk_p_peer, ppk)};
}

NotifyPayload PpkIdentityOf(const PpkConfig& ppk) {
  NotifyPayload notify{.type = NotifyType::kPpkIdentity};
  notify.data.resize(1 + ppk.id.size(), kPpkIdFixed);
  std::copy(ppk.id.begin(), ppk.id.end(), notify.data.begin() + 1);
  return notify;
}

std::variant<PpkChoice, Diagnosis> ChoosePpk(const Circumstance& here, const IkeSa& sa, const TunnelConfig& config,
                                             const Message& request) {
  const PpkConfig* const ours = config.authentication.ppk.get();
  const bool required = ours != nullptr && ours->required;
  const NotifyPayload* const named = sa.handshake->use_ppk ? request.GetNotify(NotifyType::kPpkIdentity) : nullptr;
  if (named == nullptr) {
    if (required) return PpkMissing(here, ours->id);
    return PpkChoice{};
  }
  if (ours != nullptr && Names(*named, *ours)) return PpkChoice{.ppk = ours};
  const NotifyPayload* const without = request.GetNotify(NotifyType::kNoPpkAuth);
  if (required || without == nullptr) return PpkMismatch(here, ours == nullptr ? "" : ours->id, named->data);
  return PpkChoice{.fallback = &without->data};
}

std::variant<const PpkConfig*, Diagnosis> PpkOfAnswer(const Circumstance& here, const IkeSa& sa,
                                                      const Message& answer) {
  const PpkConfig* const ours = sa.config->authentication.ppk.get();
  if (!sa.handshake->use_ppk) return nullptr;
  if (answer.Has(NotifyType::kPpkIdentity)) return ours;
  if (ours->required) return PpkMismatch(here, ours->id, {});
  return nullptr;
}

}  // namespace culvert::iked
