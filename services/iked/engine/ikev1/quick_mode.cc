// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/quick_mode.h"

#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/exchange.h"
#include "services/iked/engine/ikev1/hooks.h"
#include "services/iked/engine/ikev1/state.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::Message;

namespace {

QuickMode* FindPeers(const IkeSa& sa, uint32_t message_id) {
  for (const std::unique_ptr<QuickMode>& quick : sa.ikev1->phase2.peers) {
    if (quick->message_id == message_id) return quick.get();
  }
  return nullptr;
}

// Whichever of them it is, finished ones of ours included.
QuickMode* Find(const IkeSa& sa, uint32_t message_id) {
  const Phase2& phase2 = sa.ikev1->phase2;
  if (phase2.own != nullptr && phase2.own->message_id == message_id) return phase2.own.get();
  for (const std::unique_ptr<QuickMode>& quick : phase2.finished) {
    if (quick->message_id == message_id) return quick.get();
  }
  return FindPeers(sa, message_id);
}

}  // namespace

void OnQuickMode(Core& core, IkeSa& sa, const Datagram& datagram, const Message& message, base::Bytes next_iv) {
  const uint32_t message_id = message.header.message_id;
  QuickMode* quick = Find(sa, message_id);
  if (quick == nullptr) return OnQuickRequest(core, sa, datagram, message, std::move(next_iv));
  switch (quick->step) {
    case QuickStep::kAsked:
      return OnQuickAnswer(core, sa, datagram, message, std::move(next_iv));
    case QuickStep::kAnswered:
      return OnQuickConfirmed(core, sa, *quick, datagram, message);
    default:
      return CountInvalid(core, "out_of_state");
  }
}

const base::Bytes* QuickModeIv(const IkeSa& sa, uint32_t message_id) {
  const QuickMode* quick = Find(sa, message_id);
  return quick == nullptr ? nullptr : &quick->iv;
}

bool AnsweredQuickModeAgain(Core& core, const IkeSa& sa, const Datagram& datagram, uint32_t message_id) {
  const QuickMode* quick = Find(sa, message_id);
  if (quick == nullptr || quick->received.empty()) return false;
  if (DigestOf(datagram.bytes) != quick->received) return false;
  SendAgain(core, sa, quick->sent);  // nothing yet: it is being worked on
  return true;
}

void OnQuickModeJobDone(Core& core, IkeSa& sa, JobDone& done) {
  if (sa.own != nullptr && sa.own->job == done.id.serial) return OnOwnQuickComputed(core, sa, done);
  for (const std::unique_ptr<QuickMode>& quick : sa.ikev1->phase2.peers) {
    if (quick->job == done.id.serial) return OnPeerQuickComputed(core, sa, *quick, done);
  }
}

void OnInstalled(Core& core, IkeSa& keeper, uint64_t child, const absl::Status& status) {
  if (keeper.own != nullptr && keeper.own->installing == child) return OnOwnQuickInstalled(core, keeper, status);
  // The peer may have asked for it by way of an SA that has handed over since.
  for (IkeSa* sa : core.SamePeer(keeper.local_id, keeper.remote_id)) {
    if (sa->ikev1 == nullptr) continue;
    for (const std::unique_ptr<QuickMode>& quick : sa->ikev1->phase2.peers) {
      if (quick->installing == child) return OnPeerQuickInstalled(core, *sa, *quick, status);
    }
  }
}

}  // namespace culvert::iked::ikev1
