// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/ikev1/fragments.h"

#include <utility>

#include "libs/wire/ikev1/message.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/fragmentation.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked::ikev1 {

using wire::ikev1::FragmentAssembly;
using wire::ikev1::FragmentPayload;
using wire::ikev1::Message;

bool Partial::Settle(size_t octets) {
  if (budget_ == nullptr) return true;
  if (octets > charged_ && !budget_->Take(octets - charged_)) return false;
  if (octets < charged_) budget_->Give(charged_ - octets);
  charged_ = octets;
  return true;
}

std::optional<base::Bytes> Partial::Add(const FragmentPayload& fragment, absl::string_view& reason) {
  if (!Settle(assembly_.octets() + fragment.data.size())) {
    reason = "fragment_too_large";
    return std::nullopt;
  }
  FragmentAssembly::Added added = assembly_.Add(fragment);
  Settle(assembly_.octets());
  if (added.outcome == FragmentAssembly::Outcome::kRefused) reason = "fragment_refused";
  if (added.outcome != FragmentAssembly::Outcome::kComplete) return std::nullopt;
  return std::move(added.whole);
}

Datagrams Cut(IkeSa& sa, base::Bytes message) {
  Datagrams datagrams;
  State& state = *sa.ikev1;
  const size_t size = FragmentSize(sa);
  if (!state.peer.fragmentation || message.size() <= size) {
    datagrams.push_back(std::make_shared<const base::Bytes>(std::move(message)));
    return datagrams;
  }
  for (base::Bytes& piece : wire::ikev1::SplitMessage(message, ++state.cut, size)) {
    datagrams.push_back(std::make_shared<const base::Bytes>(std::move(piece)));
  }
  return datagrams;
}

std::optional<base::Bytes> Collect(Core& core, IkeSa& sa, const Datagram& datagram) {
  State& state = *sa.ikev1;
  const auto refuse = [&core](absl::string_view reason) {
    CountInvalid(core, reason);
    return std::nullopt;
  };
  // The answer to a first message may come in pieces as well: it is what says that both sides can.
  const bool first = sa.initiator && sa.remote_spi == 0 && sa.config->fragmentation != Fragmentation::kNever;
  if (!state.peer.fragmentation && !first) return refuse("fragment_unexpected");
  const wire::Decoded<Message> message = wire::ikev1::DecodeMessage(datagram.bytes);
  if (!message.ok()) return refuse(Name(message.error()));
  const FragmentPayload* fragment = message->Get<FragmentPayload>();
  if (fragment == nullptr || message->payloads.size() != 1) return refuse("fragment_unexpected");
  if (state.partial == nullptr) {
    state.partial = std::make_unique<Partial>(sa.half_open() ? &core.strangers_fragments : nullptr);
    core.Arm(TimerKind::kReassembly, sa.local_spi, core.clock.Monotonic() + kReassemblyTimeout);
  }
  absl::string_view reason;
  std::optional<base::Bytes> whole = state.partial->Add(*fragment, reason);
  if (!reason.empty()) return refuse(reason);
  if (whole) {
    state.partial.reset();
    core.Cancel(TimerKind::kReassembly, sa.local_spi);
  }
  return whole;
}

}  // namespace culvert::iked::ikev1
