// SPDX-License-Identifier: Apache-2.0
#include "services/iked/engine/quick_crash.h"

#include <utility>

#include "libs/crypto/prf.h"
#include "libs/wire/writer.h"
#include "services/iked/engine/exchange.h"
#include "services/iked/engine/tasks.h"
#include "services/iked/engine/teardown.h"

namespace culvert::iked {

using wire::ikev2::Message;
using wire::ikev2::NotifyPayload;
using wire::ikev2::NotifyType;
using wire::ikev2::ProtocolId;

namespace {

// RFC 6290 4.1: 16 to 128 octets. The least, since it also answers addresses that prove nothing.
constexpr size_t kTokenSize = 16;
constexpr size_t kLongestToken = 128;

base::Bytes Token(base::ByteView key, uint64_t spi_i, uint64_t spi_r) {
  wire::Writer spis;
  spis.U64(spi_i);
  spis.U64(spi_r);
  const base::Secret mac = crypto::Prf(crypto::Hash::kSha256).Compute(key, {spis.view()});
  return base::ToBytes(mac.view().first(kTokenSize));
}

}  // namespace

void AppendCrashToken(const Core& core, uint64_t spi_i, uint64_t spi_r, std::vector<wire::ikev2::Payload>& payloads) {
  const base::Secret& key = core.config->crash_key;
  if (key.empty()) return;
  payloads.push_back(NotifyPayload{
      .type = NotifyType::kQuickCrashDetection, .protocol = ProtocolId::kIke, .data = Token(key.view(), spi_i, spi_r)});
}

bool BeginCrashToken(Core& core, IkeSa& sa) {
  Payloads payloads;
  AppendCrashToken(core, sa.spi_i(), sa.spi_r(), payloads);
  if (payloads.empty()) return false;
  SendRequest(core, sa, wire::ikev2::ExchangeType::kInformational, std::move(payloads));
  return true;
}

base::Bytes CrashTokenIn(const Message& message) {
  const NotifyPayload* token = message.GetNotify(NotifyType::kQuickCrashDetection);
  if (token == nullptr || token->data.size() < kTokenSize || token->data.size() > kLongestToken) return {};
  return token->data;
}

void ShowCrashToken(Core& core, const Datagram& datagram, const wire::IkeHeader& header) {
  if (header.is_response() || core.config == nullptr || core.config->crash_key.empty()) return;
  // The token of an SA that lives is nobody's but the peer's, whatever the flags of a message say of who began it
  // (9.1).
  if (core.FindIkeSa(header.initiator_spi) != nullptr || core.FindIkeSa(header.responder_spi) != nullptr) return;
  if (!core.rebuttals.Allow(core.clock.Monotonic())) return;
  Message answer;
  answer.header = header;
  answer.header.flags =
      static_cast<uint8_t>(wire::kFlagResponse | (header.from_initiator() ? 0 : wire::kFlagInitiator));
  answer.payloads.push_back(NotifyPayload{.type = NotifyType::kInvalidIkeSpi});
  AppendCrashToken(core, header.initiator_spi, header.responder_spi, answer.payloads);
  Reply(core, datagram, std::make_shared<const base::Bytes>(EncodeMessage(answer)));
}

bool BelievesCrash(Core& core, IkeSa& sa, const Datagram& datagram) {
  if (!sa.live() || sa.crash_token.empty()) return false;
  const wire::Decoded<Message> message = wire::ikev2::DecodeMessage(datagram.bytes);
  if (!message.ok() || !message->header.is_response() || !message->Has(NotifyType::kInvalidIkeSpi)) return false;
  for (const NotifyPayload* notify : message->All<NotifyPayload>()) {  // several: of several keys (4.5)
    if (notify->type != NotifyType::kQuickCrashDetection) continue;
    if (!base::EqualConstantTime(notify->data, sa.crash_token)) continue;
    DropIkeSa(core, sa, TunnelReason::kPeerDeleted, "The peer has restarted (quick crash detection).");
    return true;
  }
  return false;
}

}  // namespace culvert::iked
