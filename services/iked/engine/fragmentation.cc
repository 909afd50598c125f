// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/fragmentation.h"

#include <utility>

#include "libs/wire/ikev2/protected.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/ikev1/fragments.h"
#include "services/iked/engine/ikev1/state.h"
#include "services/iked/engine/timers.h"

namespace culvert::iked {

using wire::Decoded;
using wire::IkeHeader;
using wire::ikev2::EncodedPayloads;
using wire::ikev2::Fragment;
using wire::ikev2::FragmentFields;
using wire::ikev2::Message;

namespace {

// What goes over nearly every path, tunnels on the way included; and, of IPv4, what every host must take (RFC 791).
// RFC 7383 2.5.1 has 1280 for IPv6 and leaves IPv4 to the sender.
constexpr size_t kUsualPacket = 1280;
constexpr size_t kSmallestIpv4Packet = 576;
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kUdpHeader = 8;

std::unique_ptr<Reassembly>& PartialOf(IkeSa& sa, bool response) {
  return response ? sa.partial_response : sa.partial_request;
}

}  // namespace

size_t FragmentSize(const IkeSa& sa) {
  const bool v4 = sa.remote.address.is_v4();
  const bool smallest = sa.config != nullptr && sa.config->fragmentation == Fragmentation::kForce;
  const size_t packet = v4 && smallest ? kSmallestIpv4Packet : kUsualPacket;
  return packet - (v4 ? kIpv4Header : kIpv6Header) - kUdpHeader - (sa.nat_port ? wire::kNonEspMarkerSize : 0);
}

Datagrams Seal(Core& core, const IkeSa& sa, const Message& message) {
  Datagrams datagrams;
  if (!sa.fragmentation) {
    datagrams.push_back(
        std::make_shared<const base::Bytes>(wire::ikev2::SealMessage(sa.crypto->out, message, core.rng)));
    return datagrams;
  }
  for (base::Bytes& piece : wire::ikev2::SealFragments(sa.crypto->out, message, FragmentSize(sa), core.rng)) {
    datagrams.push_back(std::make_shared<const base::Bytes>(std::move(piece)));
  }
  return datagrams;
}

std::optional<Decoded<Message>> Assemble(Core& core, IkeSa& sa, const Datagram& datagram, const IkeHeader& header) {
  std::unique_ptr<Reassembly>& partial = PartialOf(sa, header.is_response());
  const std::optional<FragmentFields> fields = wire::ikev2::PeekFragment(datagram.bytes);
  if (!fields) {
    CountInvalid(core, Name(wire::DecodeError::kFragmentNumber));
    return std::nullopt;
  }
  if (partial != nullptr && partial->message_id() == header.message_id) {
    if (const auto reason = partial->Refuses(*fields)) {
      CountInvalid(core, *reason);
      return std::nullopt;
    }
  }
  Decoded<Fragment> fragment = wire::ikev2::OpenFragment(sa.crypto->in, datagram.bytes);
  if (!fragment.ok()) {
    CountInvalid(core, Name(fragment.error()));
    return std::nullopt;
  }
  if (partial == nullptr || partial->message_id() != header.message_id) {
    partial = std::make_unique<Reassembly>(header.message_id, header.exchange_type,
                                           sa.half_open() ? &core.strangers_fragments : nullptr);
    core.Arm(TimerKind::kReassembly, sa.local_spi, core.clock.Monotonic() + kReassemblyTimeout);
  }
  if (const auto reason = partial->Add(*std::move(fragment))) {
    CountInvalid(core, *reason);
    return std::nullopt;
  }
  if (!partial->complete()) return std::nullopt;
  const EncodedPayloads whole = partial->Take();
  auto payloads = wire::ikev2::DecodePayloads(whole.first, whole.chain);
  if (!payloads.ok()) return Decoded<Message>(payloads.malformed());
  return Decoded<Message>(Message{header, *std::move(payloads)});
}

void ForgetFragments(Core& core, IkeSa& sa, bool response) {
  std::unique_ptr<Reassembly>& partial = PartialOf(sa, response);
  if (partial == nullptr) return;
  partial.reset();
  if (sa.partial_request == nullptr && sa.partial_response == nullptr) {
    core.Cancel(TimerKind::kReassembly, sa.local_spi);
  }
}

void OnReassemblyOver(Core& core, IkeSa& sa) {
  const bool old = sa.ikev1 != nullptr && std::exchange(sa.ikev1->partial, nullptr) != nullptr;
  if (sa.partial_request == nullptr && sa.partial_response == nullptr && !old) return;
  CountInvalid(core, "fragment_timeout");
  sa.partial_request.reset();
  sa.partial_response.reset();
}

}  // namespace culvert::iked
