// SPDX-License-Identifier: Apache-2.0
// Quick Mode (RFC 2409 5.5):
//
//   initiator                                                responder
//   HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr]        ──▶   chooses, makes its keys, has them installed
//                                                      ◀──   HDR*, HASH(2), SA, Nr [, KE] [, IDci, IDcr]
//   has its own installed; HDR*, HASH(3)               ──▶
//
// Only the initiator retransmits. A message that comes again is answered by the octets that answered it before: so
// message 2 is repeated when message 1 is, and message 3 when message 2 is. Our responder needs no message 3: message
// ids are used once, so that what HASH(3) proves, that message 1 was no replay, is known from the first. The commit bit
// (RFC 2408 3.1) is ignored, as everybody does: the initiator moves its traffic only when the responder shows that it
// has the new keys, or when the old ones go.
#pragma once

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/ikev1/phase2.h"

namespace culvert::iked::ikev1 {

// receive.cc: a decrypted, well-formed message. `next_iv` is kept with a message that is accepted.
void OnQuickMode(Core& core, IkeSa& sa, const Datagram& datagram, const wire::ikev1::Message& message,
                 base::Bytes next_iv);
// The IV for a message of the exchange; null: it is the exchange's first.
const base::Bytes* QuickModeIv(const IkeSa& sa, uint32_t message_id);
// Has the datagram been answered before? Then it is answered again.
bool AnsweredQuickModeAgain(Core& core, const IkeSa& sa, const Datagram& datagram, uint32_t message_id);

// quick_initiator.cc
bool BeginQuickMode(Core& core, IkeSa& sa, const Task& task);
void OnOwnQuickComputed(Core& core, IkeSa& sa, JobDone& done);
void OnQuickAnswer(Core& core, IkeSa& sa, const Datagram& datagram, const wire::ikev1::Message& message,
                   base::Bytes next_iv);
void OnOwnQuickInstalled(Core& core, IkeSa& sa, const absl::Status& status);
// An authentic error notification of the peer, about our Quick Mode under way.
void OnQuickRefused(Core& core, IkeSa& sa, wire::ikev1::NotifyType error);

// quick_responder.cc
void OnQuickRequest(Core& core, IkeSa& sa, const Datagram& datagram, const wire::ikev1::Message& message,
                    base::Bytes next_iv);
void OnPeerQuickComputed(Core& core, IkeSa& sa, QuickMode& quick, JobDone& done);
void OnPeerQuickInstalled(Core& core, IkeSa& sa, QuickMode& quick, const absl::Status& status);
// Message 3 of an exchange that we have answered.
void OnQuickConfirmed(Core& core, IkeSa& sa, QuickMode& quick, const Datagram& datagram,
                      const wire::ikev1::Message& message);

}  // namespace culvert::iked::ikev1
