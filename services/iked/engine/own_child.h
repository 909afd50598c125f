// SPDX-License-Identifier: Apache-2.0
// A CHILD_SA that we ask for: what asking begins with and ends with, whatever the messages in between are. `sa.own` is
// about it throughout; its story is kNewChild or kRekeyChild.
#pragma once

#include <optional>

#include "libs/wire/ikev2/constants.h"
#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

// What to ask for is in sa.own->child, with an SPI and a nonce. False: there is nothing to ask for, or not now; then
// it is postponed.
bool PrepareChild(Core& core, IkeSa& sa, const Task& task);
// The group of our public value: the first one of the first proposal; null without PFS.
const ipsec::Algorithm* FirstGroup(const std::vector<ipsec::Proposal>& proposals);
// A private value of `group` is computed; null in sa.own->ours until then.
void Generate(Core& core, IkeSa& sa, const ipsec::Algorithm* group);

// The peer has rekeyed or deleted what we were about to rekey (RFC 7296 2.8.1): there is nothing left to ask for.
bool IsMoot(const IkeSa& sa);
void EndMoot(Core& core, IkeSa& sa);
// It came to nothing and the old CHILD_SA, if any, lives on: it is tried again later. `notify`: as IKEv2 words it.
void FailChild(Core& core, IkeSa& sa, wire::ikev2::NotifyType notify, std::optional<Diagnosis> diagnosis);
// The datapath has answered for sa.own->installing. What it replaces, if anything, is deleted next.
void FinishChild(Core& core, IkeSa& sa, const absl::Status& installed, const Circumstance& here);

}  // namespace culvert::iked
